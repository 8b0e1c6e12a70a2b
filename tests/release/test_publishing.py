"""Files that are built already are published as a release is: inspected, all or none, and proven."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import indexes, matrix, releasing
from support.publishers import Publishers, forge
from support.releasing import Run, Stage, sha256
from support.warehouse import Reply, warehouse

pytestmark = pytest.mark.by_turns

LINUX, MAC = "cp312-cp312-manylinux_2_17_x86_64", "cp312-cp312-macosx_11_0_arm64"


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


@pytest.fixture
def files(tiny: Stage, tmp_path: Path) -> tuple[Path, ...]:
    """An sdist and three wheels of the commit that is checked out."""
    return matrix.built(tiny.repository.path, tmp_path / "wheelhouse", (LINUX, MAC, "py3-none-any"))


def publish(stage: Stage, *words: Path | str, backend: str = "asyncio", **environ: str) -> Run:
    """Publish, with a person's consent."""
    return stage.run("publish", *map(str, words), "--yes", backend=backend, **environ)


def test_everything_is_uploaded_inspected_and_proven_and_nothing_else_changes(
    tiny: Stage, files: tuple[Path, ...], anyio_backend: str
) -> None:
    """The index has the very bytes that were given; branch, tags, remote and files are as they were."""
    before = tiny.fingerprint()
    run = publish(tiny, *files, backend=anyio_backend)
    assert run.code == 0, run.said
    assert tiny.published() == {path.name: sha256(path) for path in files}
    assert tiny.fingerprint() == before._replace(published=tiny.published())
    again = publish(tiny, *files, backend=anyio_backend)
    assert again.code == 0, again.said
    assert tiny.fingerprint() == before._replace(published=tiny.published())
    nothing = "has all of these files already: nothing is left to upload"
    assert (nothing in run.said, nothing in again.said) == (False, True)
    assert "publish only uploads: branches and tags are as they were" in again.said


def test_what_an_earlier_run_has_uploaded_is_not_sent_again(tiny: Stage, files: tuple[Path, ...]) -> None:
    """By its bytes: with other ones under a name of ours not one file is sent."""
    shutil.copy(files[0], tiny.packages)
    run = publish(tiny, *files, "--output", "json")
    assert run.code == 0, run.said
    events = [json.loads(line) for line in run.stdout.splitlines()]
    done = {each["effect"]: each["already"] for each in events if each["event"] == "effect_finished"}
    assert {name for name, already in done.items() if already and name.startswith("upload")} == {
        f"upload {files[0].name}"
    }


def test_other_bytes_under_one_name_stop_all_of_them(tiny: Stage, files: tuple[Path, ...]) -> None:
    """Found before the first byte leaves, though the first upload alone would succeed."""
    (tiny.packages / files[-1].name).write_bytes(b"other bytes")
    before = tiny.fingerprint()
    run = publish(tiny, *files)
    assert (run.code, tiny.fingerprint()) == (6, before), run.said
    assert "nothing was uploaded" in run.said


def test_the_tag_on_head_says_which_version_it_is(tiny: Stage, files: tuple[Path, ...]) -> None:
    """A tag of a release that is on HEAD has to be that of the files."""
    tiny.repository.git("tag", "v9.9.9")
    run = publish(tiny, *files, "--dry-run")
    assert run.code == 3, run.said
    assert "HEAD has the tag v9.9.9, and the files are of 2.0.0" in run.said
    tiny.repository.git("tag", "v2.0.0")
    run = publish(tiny, *files, "--dry-run")
    assert run.code == 0, run.said


def test_files_of_another_commit_are_refused(tiny: Stage, files: tuple[Path, ...]) -> None:
    """What the sdist holds is compared with the commit that is checked out, and nothing is uploaded."""
    tiny.repository.write("tiny/later.py", "later = True\n")
    tiny.repository.write("check.py", "print('other')\n")
    tiny.repository.commit("later")
    before = tiny.fingerprint()
    run = publish(tiny, *files)
    assert (run.code, tiny.fingerprint()) == (4, before), run.said
    assert "check.py" in run.said


def _last_release(stage: Stage) -> None:
    """A release before this one, whose files nobody reads: 61 wheels and the sdist."""
    for tag in matrix.TAGS:
        (stage.packages / f"tiny-1.9.0-{tag}.whl").write_bytes(b"")
    (stage.packages / "tiny-1.9.0.tar.gz").write_bytes(b"")


@pytest.mark.parametrize("fault", ["missing", "doubled", "another version", "linux"])
def test_of_a_matrix_with_a_fault_nothing_is_uploaded(tiny: Stage, tmp_path: Path, fault: str) -> None:
    """Of 62 files two are missing, come twice or are of another version: all of them stay here."""
    _last_release(tiny)
    tags, version = list(matrix.TAGS), "2.0.0"
    given = [tmp_path / f"tiny-{version}-{tag}.whl" for tag in tags] + [tmp_path / f"tiny-{version}.tar.gz"]
    words = {
        "missing": "2 of 62 files are missing, by the last release, 1.9.0: cp310-cp310-manylinux_aarch64, "
        "cp310-cp310-manylinux_x86_64",
        "doubled": "more files than expected, by the last release, 1.9.0: cp310-cp310-manylinux_aarch64",
        "another version": "the files are of 2 releases",
        "linux": "1 of 62 files are missing, by the last release, 1.9.0: cp310-cp310-manylinux_x86_64",
    }
    match fault:
        case "missing":
            given = given[2:]
        case "doubled":
            given += [
                tmp_path / f"tiny-2.0.0-cp310-cp310-manylinux_2_28_{each}.whl"
                for each in ("x86_64", "aarch64")
            ]
        case "another version":
            given[:2] = [tmp_path / f"tiny-1.9.0-{tag}.whl" for tag in tags[:2]]
        case _:
            given[0] = tmp_path / "tiny-2.0.0-cp310-cp310-linux_x86_64.whl"
    for path in given:
        path.write_bytes(b"")
    before = tiny.fingerprint()
    run = publish(tiny, *given)
    assert (run.code, tiny.fingerprint()) == (3, before), run.said
    assert words[fault] in run.said
    assert "nothing was uploaded" in run.said


def test_nobody_is_asked_without_a_terminal(tiny: Stage, files: tuple[Path, ...]) -> None:
    """A yes is needed, as for every upload; the cure is the same command with it."""
    run = tiny.run("publish", str(files[0]))
    assert run.code == 2
    assert f"release-async publish {files[0]}" in run.said.partition("if you mean it:")[2]
    assert tiny.published() == {}


def test_a_job_of_ci_publishes_without_a_token(
    tiny: Stage, files: tuple[Path, ...], anyio_backend: str
) -> None:
    """With the token that the index makes for it; nothing in output, logs or journal shows one."""
    known = Publishers()
    with warehouse(indexes.credentials()) as index, forge(known) as server:
        index.state.publishers = known
        job = {**server.environ, "PYPI_API_TOKEN": "", "PYPI_USERNAME": "", "PYPI_REPOSITORY_URL": index.url}
        run = publish(tiny, *files, backend=anyio_backend, **job)
        assert run.code == 0, run.said
        assert sorted(index.state.stored()) == sorted(path.name for path in files)
        assert index.state.stored()[-1].endswith(".tar.gz")
        assert "GitHub Actions vouches for this job" in run.said or "with a token for this job" in run.said
        assert "repository someone/demo" in run.said
        known.trusted = None
        index.state.files.clear()
        run = publish(tiny, *files, backend=anyio_backend, **job)
        assert run.code == 4, run.said
        assert "no such publisher" in run.said
        assert "nothing was uploaded" in run.said
        assert index.state.digests() == {}


def test_a_file_that_is_no_attestation_stops_all_of_them(tiny: Stage, files: tuple[Path, ...]) -> None:
    """Before the first upload: an index refuses such a file when others are public."""
    attestation = files[0].with_name(f"{files[0].name}.publish.attestation")
    attestation.write_text('{"version": 1}')
    run = publish(tiny, *files, attestation)
    assert run.code == 4, run.said
    assert "is no attestation for this file" in run.said
    assert tiny.published() == {}


def test_what_was_broken_off_is_finished(tiny: Stage, files: tuple[Path, ...], anyio_backend: str) -> None:
    """After the first upload the release is remembered: the files, wherever the originals are by then."""
    with warehouse(tiny.account) as index:
        index.state.script[".tar.gz"] = iter([Reply(403, "Forbidden", "not now")])
        there = {"PYPI_REPOSITORY_URL": index.url}
        run = publish(tiny, *files, backend=anyio_backend, **there)
        assert run.code == 5, run.said
        assert "release-async --resume" in run.said
        digests = {path.name: sha256(path) for path in files}
        for path in files:
            path.unlink()
        assert tiny.run("status", backend=anyio_backend, **there).code == 5
        run = tiny.run("--resume", backend=anyio_backend, **there)
        assert run.code == 0, run.said
        assert index.state.digests() == digests
        assert index.state.stored() == list(dict.fromkeys(index.state.stored()))


def test_of_many_wheels_a_refusal_stops_those_that_have_not_begun(
    tiny: Stage, tmp_path: Path, anyio_backend: str
) -> None:
    """The second of ten is refused while others are on their way: these arrive, the last are not sent."""
    tags = [f"cp312-cp312-manylinux_2_{number}_x86_64" for number in range(20, 30)]
    *wheels, sdist = matrix.built(tiny.repository.path, tmp_path / "many", tags)
    with warehouse(tiny.account) as index:
        index.state.script[wheels[1].name] = iter([Reply(403, "Forbidden", "not now")])
        there = {"PYPI_REPOSITORY_URL": index.url}
        run = publish(tiny, *wheels, sdist, backend=anyio_backend, **there)
        assert run.code == 5, run.said
        begun = index.state.posts()
        assert begun[0] == wheels[0].name
        assert {wheels[-1].name, sdist.name}.isdisjoint(begun)
        assert set(index.state.digests()) == {*begun} - {wheels[1].name}
        run = tiny.run("--resume", backend=anyio_backend, **there)
        assert run.code == 0, run.said
        assert sorted(index.state.stored()) == sorted(path.name for path in (*wheels, sdist))
        assert index.state.digests() == {path.name: sha256(path) for path in sorted((*wheels, sdist))}


def test_the_checkout_of_a_job_is_enough(tiny: Stage, files: tuple[Path, ...], tmp_path: Path) -> None:
    """Of the tag alone, without the history and without a branch."""
    git = tiny.repository.git
    git("tag", "-a", "-m", "Release 2.0.0", "v2.0.0")
    git("push", "-q", "origin", "v2.0.0")
    checkout, source = tmp_path / "checkout", f"file://{tiny.remote.path}"
    git("clone", "-q", "--depth=1", "--branch=v2.0.0", source, str(checkout))
    run = publish(tiny, "-C", checkout, *files)
    assert run.code == 0, run.said
    assert set(tiny.published()) == {path.name for path in files}
