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
