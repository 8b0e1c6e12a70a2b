"""Files are one release by their names, or nothing is done with them."""

from pathlib import Path

import pytest

from release_async.base.errors import RefusedError, ReleaseAsyncError, UsageError
from release_async.plan import given_files

WHEEL, SDIST = Path("/d/demo_x-1.3.0-py3-none-any.whl"), Path("/d/demo_x-1.3.0.tar.gz")


def test_the_sdist_goes_last_and_a_path_counts_once() -> None:
    """Wheels by name: nobody compiles an sdist whose wheel is still on its way."""
    other = Path("/d/demo_x-1.3.0-cp312-cp312-win32.whl")
    given = given_files.recognised((SDIST, WHEEL, other, WHEEL))
    assert given.paths == (other, WHEEL, SDIST)
    assert (given.name, given.version) == ("demo-x", "1.3.0")
    assert given.names == (other.name, WHEEL.name, SDIST.name)


def test_spellings_of_one_version_are_one_release() -> None:
    """Names and versions are compared in their normal forms."""
    assert given_files.recognised((Path("/d/Demo.X-1.3.0-py3-none-any.whl"), SDIST)).version == "1.3.0"


@pytest.mark.parametrize(
    ("paths", "kind", "words"),
    [
        ((WHEEL, Path("/d/demo_x-1.4.0.tar.gz")), RefusedError, "2 releases"),
        ((WHEEL, Path("/d/other-1.3.0.tar.gz")), RefusedError, "demo-x 1.3.0: demo_x-1.3.0-py3"),
        ((WHEEL, SDIST, Path("/e") / WHEEL.name), RefusedError, "given twice"),
        ((WHEEL,), RefusedError, "the sdist of demo-x 1.3.0 is missing"),
        ((Path("/d/demo_x-1.3.0.zip"), SDIST), UsageError, "demo_x-1.3.0.zip is neither"),
        ((Path("/d/SHA256SUMS"), SDIST), UsageError, "SHA256SUMS is neither"),
        (
            (Path("/d/demo_x-1.3.0-py3-none-any.whl.publish.attestation"), SDIST),
            UsageError,
            "no file that is",
        ),
        ((Path("/d/demo-x-one-py3-none-any.whl"), SDIST), UsageError, "is neither"),
    ],
)
def test_what_is_not_one_release_is_refused(
    paths: tuple[Path, ...], kind: type[ReleaseAsyncError], words: str
) -> None:
    """It says which files, and what to give instead."""
    with pytest.raises(kind) as caught:
        given_files.recognised(paths)
    assert words in caught.value.what
    assert caught.value.cure


def test_attestations_go_with_their_files() -> None:
    """They are no files of the release themselves."""
    attestation = Path(f"{WHEEL}.publish.attestation")
    given = given_files.recognised((WHEEL, attestation, SDIST))
    assert given.paths == (WHEEL, SDIST)
    assert given.attestations == (attestation,)
