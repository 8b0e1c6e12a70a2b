"""Real attestations: those that the library ships for its own tests, and whose they are."""

import atexit
import shutil
import subprocess
import sys
import tarfile
import tempfile
from functools import cache
from pathlib import Path

from release_async.external.index.attestation_rules import ExpectedPublisher

GITHUB = "pypi_attestations-0.0.19.tar.gz"
OURS = ExpectedPublisher("trailofbits/pypi-attestations", "release.yml")
_LIBRARY = "pypi-attestations==0.0.30"


@cache
def assets() -> Path:
    """The files that the library is tested with, from its sdist."""
    folder = Path(tempfile.mkdtemp(prefix="release-async-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    words = ("download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(folder), _LIBRARY)
    subprocess.run((sys.executable, "-m", "pip", *words), check=True)
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.glob("*/test/assets"))
