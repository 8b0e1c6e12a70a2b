"""Stores a release that a version of release-async has left unfinished, for later versions to finish.

    python tests/release/stored/make.py CHECKOUT ARCHIVE

CHECKOUT is a clone of this repository at that version, with its ``.venv``. Its own release is ended by
SIGKILL behind the upload of the wheel. ARCHIVE gets the project with its git directory, the remote, the files
that the index has by then, and ``facts.json``: the version of the tool, and two addresses.
"""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json, sys, tarfile, tempfile
from pathlib import Path
checkout, archive = map(Path, sys.argv[1:])
sys.path.insert(0, str(checkout / "tests"))
import release_async
from support import crashing
with tempfile.TemporaryDirectory() as directory, crashing.scene(Path(directory)) as scene:
    upload = f"after upload {crashing.FILES[0]}"
    code = scene.crash(upload, *crashing.RELEASE)
    assert code == -9, code
    facts = {
        "tool": release_async.__version__,
        "remote": str(scene.stage.remote.path),
        "repository_url": scene.stage.environ["PYPI_REPOSITORY_URL"],
    }
    (Path(directory) / "facts.json").write_text(json.dumps(facts))
    packages = Path(directory) / "packages"
    packages.mkdir()
    for name, content in scene.index.contents.items():
        (packages / name).write_bytes(content)
    with tarfile.open(archive, "w:xz") as packed:
        for path, name in ((scene.stage.repository.path, "project"), (scene.stage.remote.path, "remote.git")):
            packed.add(path, name, filter=lambda entry: None if entry.name.endswith(".sample") else entry)
        packed.add(packages, "packages")
        packed.add(Path(directory) / "facts.json", "facts.json")
"""


def main() -> int:
    """Make the archive."""
    checkout, archive = (Path(word).resolve() for word in sys.argv[1:])
    python = checkout / ".venv/bin/python"
    return subprocess.run((str(python), "-c", PROGRAM, str(checkout), str(archive)), check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
