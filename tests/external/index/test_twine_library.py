"""What is imported of twine is what is needed, and what is needed works as twine has it."""

import subprocess
import sys
from pathlib import Path

from support import indexes

CHECK = """\
import sys
from release_async.external.index.uploader_child import inspected
found = inspected(sys.argv[1])
print(*found["errors"], sep="\\n")
print(sorted({name.partition(".")[0] for name in sys.modules} & {"docutils"}), "rich.console" in sys.modules)
"""


def checked(wheel: Path) -> list[str]:
    """The errors, and what was imported, in a new interpreter."""
    argv = (sys.executable, "-I", "-c", CHECK, str(wheel))
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.splitlines()


def test_docutils_is_imported_for_restructuredtext_alone(tmp_path: Path) -> None:
    """A description in Markdown cannot fail, says twine; one in reStructuredText is rendered, and can."""
    assert checked(indexes.wheel(tmp_path)) == ["", "[] False"]
    broken = "Description-Content-Type: text/x-rst\n\nA title\n===\n\n``open\n"
    errors, *_, imported = checked(indexes.wheel(tmp_path, "1.1", metadata=broken))
    assert "has syntax errors in markup" in errors
    assert imported == "['docutils'] False"


DIGESTS = """\
import sys
from pathlib import Path
from twine.package import HashManager as twines
from release_async.external.index import twine_library as ours
path = sys.argv[1]
plain = twines(path)
plain.hash()
with open(path, "rb") as file:
    found = ours.digests(iter(lambda: file.read(1000), b""))
assert found == plain.hexdigest(), found
sent = ours.PackageFile.from_filename(path, None)
assert (sent.sha2_digest, sent.blake2_256_digest) == tuple(plain.hexdigest())
Path(path).write_bytes(b"")
with ours.known(path, found):
    known = ours.twine_package.HashManager(path)
    known.hash()
    assert known.hexdigest() == found
"""


def test_the_digests_that_are_sent_are_twines_own(tmp_path: Path) -> None:
    """Whether twine reads the file for them or they are known from the copying; then it is not read again."""
    subprocess.run((sys.executable, "-I", "-c", DIGESTS, str(indexes.wheel(tmp_path))), check=True)
