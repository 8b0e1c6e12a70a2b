"""What fails after the checks: before the first upload nothing has changed, after it the rest is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import by_hand, indexes, releasing
from support.front import Fate, front
from support.releasing import Run, Stage, ended, sha256

pytestmark = pytest.mark.by_turns


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


def failed(stage: Stage, *arguments: str, backend: str = "asyncio", **environ: str) -> Run:
    """Try a release that must fail with exit code 4 and must change nothing."""
    before = stage.fingerprint()
    run = stage.run("--version", "major", *arguments, backend=backend, **environ)
    assert run.code == 4, run.said
    assert stage.fingerprint() == before
    assert stage.processes() == []
    return run


def unfinished(stage: Stage, *, backend: str = "asyncio", **environ: str) -> Run:
    """Try a release that must end with exit code 5, and leave no process behind."""
    run = stage.run("--version", "major", backend=backend, **environ)
    assert run.code == 5, run.said
    assert stage.processes() == []
    return run


def test_a_wrong_password_leaves_nothing_behind(stage: Stage, anyio_backend: str) -> None:
    """The index refuses the first file: exit 4, and the words name the setting that is wrong."""
    run = failed(stage, backend=anyio_backend, PYPI_API_TOKEN="wrong")  # noqa: S106 - it is wrong
    assert "did not accept tiny-3.0.0-py3-none-any.whl" in run.said
    assert "check that the password, or the token, in PYPI_API_TOKEN is right" in run.said
    assert "nothing is public" in run.said


def test_an_index_that_is_dead_stops_the_checks(stage: Stage, anyio_backend: str) -> None:
    """Nobody listens: that is never taken for a free version."""
    url = f"http://127.0.0.1:{indexes.free_port()}/"
    run = failed(stage, backend=anyio_backend, PYPI_REPOSITORY_URL=url)
    assert "could not be asked" in run.said
    assert "check the network, the proxy and the repository URL" in run.said
    assert "nothing is public" in run.said


def test_a_build_that_fails_says_what_the_backend_said(stage: Stage, anyio_backend: str) -> None:
    """The end of the backend's output is shown, and the command that shows the same."""
    run = failed(stage, backend=anyio_backend, TINY_BUILD="fail")
    assert "the build fails, as it was asked to" in run.said
    assert "python -m build" in run.said
    assert "nothing is public" in run.said


def test_requirements_that_cannot_be_installed_stop_the_checks(stage: Stage) -> None:
    """The build environment is made before anything is begun: exit 4, with the installer's words."""
    text = (stage.repository.path / "pyproject.toml").read_text()
    text = text.replace("requires = []", 'requires = ["there-is-no-such-backend"]')
    stage.repository.write("pyproject.toml", text)
    stage.repository.commit("a requirement")
    stage.repository.git("push", "--quiet")
    run = failed(stage, backend="trio", UV_OFFLINE="1", PIP_NO_INDEX="1")
    assert "the build requirements could not be installed" in run.said
    assert "there-is-no-such-backend" in run.said
    assert "nothing is public" in run.said


def test_a_commit_hook_that_refuses_is_heard(stage: Stage, anyio_backend: str) -> None:
    """The hook's words are shown; its commit was never anywhere but on our own worktree."""
    hook = stage.repository.path / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho 'no releases on a Friday' >&2\nexit 1\n")
    hook.chmod(0o755)
    run = failed(stage, backend=anyio_backend)
    assert "no releases on a Friday" in run.said
    assert "run the same command again" in run.said
    assert "nothing is public" in run.said


def test_a_commit_hook_that_adds_files_is_found_out(stage: Stage) -> None:
    """The release commit holds the planned edits and nothing else."""
    hook = stage.repository.path / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho more > surplus.txt\ngit add surplus.txt\n")
    hook.chmod(0o755)
    assert "surplus.txt" in failed(stage, backend="trio").said


def test_a_remote_that_cannot_take_both_or_neither_is_found_before(stage: Stage) -> None:
    """Without atomic pushes a tag could go out alone: exit 4, nothing uploaded, whoever skipped the check."""
    stage.remote.git("config", "receive.advertiseAtomic", "false")
    assert "does not support --atomic" in failed(stage, "--skip", "push-right", backend="trio").said


def test_a_signature_that_cannot_be_made_stops_it_before_anything_is_built(stage: Stage) -> None:
    """A key that needs a person: of the commit first, then of the tag alone; git's words are shown."""
    stage.repository.git("config", "gpg.program", "false")
    for name in ("tag.gpgSign", "commit.gpgSign"):
        stage.repository.git("config", name, "true")
        run = failed(stage, "--skip", "signing")
        assert "gpg failed to sign" in run.said
        assert "signing of commits" in run.said or "tags can be made and signed" in run.said


def test_a_hook_that_fails_after_the_commit_stops_nothing(stage: Stage) -> None:
    """The commit is there, as git says: that counts."""
    hook = stage.repository.path / ".git/hooks/post-commit"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    run = stage.run("--version", "major", backend="trio")
    assert run.code == 0, run.said
    assert_out(stage)


def test_a_version_that_the_build_does_not_have_is_found_out(stage: Stage) -> None:
    """The built files are read: what they say they are must be what was planned."""
    backend = stage.repository.path / "backend/tiny_backend.py"
    backend.write_text(backend.read_text().replace("project['version']", "'2.0.0'"))
    stage.repository.commit("a backend that knows better")
    stage.repository.git("push", "--quiet")
    assert "2.0.0, not tiny 3.0.0" in failed(stage).said


def test_metadata_that_the_index_would_refuse_is_found_before(stage: Stage) -> None:
    """A description that cannot be rendered is found by the uploader's own rules, before any upload."""
    backend = stage.repository.path / "backend/tiny_backend.py"
    text = backend.read_text()
    backend.write_text(text.replace("text/markdown", "text/x-rst").replace("# Tiny", "=\\n*bad\\n=="))
    stage.repository.commit("a bad description")
    stage.repository.git("push", "--quiet")
    assert "would be refused by the index" in failed(stage, backend="trio").said


def test_a_remote_that_moves_on_during_the_tests_is_seen_by_the_last_look(stage: Stage) -> None:
    """The push would no longer be a fast-forward: exit 4, with nothing uploaded."""
    hook = stage.repository.path / ".git/hooks/pre-commit"
    theirs = stage.remote.git("commit-tree", "-p", "main", "-m", "theirs", "main^{tree}")
    hook.write_text(
        f"#!/bin/sh\nunset $(git rev-parse --local-env-vars)\n"
        f"git -C '{stage.remote.path}' update-ref refs/heads/main {theirs}\n"
    )
    hook.chmod(0o755)
    before = stage.fingerprint()
    run = stage.run("--version", "major")
    assert run.code == 4, run.said
    assert "origin would refuse the push" in run.said
    assert "git pull --ff-only origin main, then run the same command again" in run.said
    after = stage.fingerprint()
    assert after._replace(remote=before.remote) == before


def test_a_remote_that_is_set_elsewhere_during_the_release_is_seen_by_the_last_look(stage: Stage) -> None:
    """What was confirmed was another place: exit 4, with nothing uploaded and nothing pushed there."""
    hook = stage.repository.path / ".git/hooks/pre-commit"
    mirror = stage.remote.path.with_name("mirror.git")
    stage.repository.git("clone", "--quiet", "--bare", str(stage.remote.path), str(mirror))
    hook.write_text(f"#!/bin/sh\ngit config remote.origin.pushurl '{mirror}'\n")
    hook.chmod(0o755)
    before = stage.fingerprint()
    run = stage.run("--version", "major")
    assert run.code == 4, run.said
    assert f"origin is pushed to {mirror} now, and the plan says {stage.remote.path}" in run.said
    assert f"git remote set-url --push origin {stage.remote.path}" in run.said
    assert stage.fingerprint()._replace(config=before.config) == before


def test_a_remote_that_goes_away_during_the_tests_is_told_by_its_cause(stage: Stage) -> None:
    """Not as a refusal: nobody was there to refuse."""
    hook, away = stage.repository.path / ".git/hooks/pre-commit", stage.remote.path.with_name("away.git")
    hook.write_text(f"#!/bin/sh\nmv '{stage.remote.path}' '{away}'\n")
    hook.chmod(0o755)
    run = stage.run("--version", "major", backend="trio")
    assert run.code == 4, run.said
    assert "there is no repository where origin points" in run.said
    assert "check the address with git remote -v" in run.said
    assert stage.published() == {}


def test_a_branch_that_moves_on_during_the_release_is_seen_by_the_last_look(stage: Stage) -> None:
    """The user commits meanwhile: what was planned is no longer what they have."""
    hook = stage.repository.path / ".git/hooks/pre-commit"
    top = stage.repository.path
    hook.write_text(
        f"#!/bin/sh\nunset $(git rev-parse --local-env-vars)\n"
        f"git -C '{top}' commit --quiet --no-verify --allow-empty -m mine\n"
    )
    hook.chmod(0o755)
    run = stage.run("--version", "major", backend="trio")
    assert run.code == 4, run.said
    assert "main has moved since the plan was made" in run.said
    assert stage.published() == {}
    assert stage.remote.git("log", "-1", "--format=%s", "main") == "begin"


def test_a_refused_push_after_the_upload_is_finished_by_hand(stage: Stage, anyio_backend: str) -> None:
    """Exit 5: what is public is named, and the printed commands complete the release."""
    update = stage.remote.path / "hooks/update"
    update.write_text("#!/bin/sh\necho 'main is frozen' >&2\nexit 1\n")
    update.chmod(0o755)
    run = unfinished(stage, backend=anyio_backend)
    assert "main is frozen" in run.said
    assert "origin refused main;" not in run.said  # nothing was pushed instead: the hook refuses every ref
    assert "origin refused main" in run.said
    assert "see why: a branch rule, a hook, or newer commits on main; then let the push through" in run.said
    assert "tiny-3.0.0-py3-none-any.whl" in run.said.partition("already public")[2]
    assert len(stage.published()) == 2
    assert stage.remote.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"
    update.unlink()
    by_hand.pasted(stage, by_hand.printed(stage.run("status")))
    assert_out(stage)


def test_a_failing_second_upload_is_finished_by_hand(stage: Stage, anyio_backend: str) -> None:
    """The wheel is public, the sdist is not: both are said, and the printed commands complete it."""
    with front(stage.url, Fate.STORED, Fate.REFUSED) as server:
        run = unfinished(stage, backend=anyio_backend, PYPI_REPOSITORY_URL=server.url)
        assert set(stage.published()) == {"tiny-3.0.0-py3-none-any.whl"}
        public, _, owed = run.said.partition("already public")[2].partition("still to do")
        assert "tiny-3.0.0-py3-none-any.whl" in public
        assert "tiny-3.0.0.tar.gz" not in public
        assert "tiny-3.0.0.tar.gz" in owed
        assert "this account may not upload here" in run.said
        by_hand.pasted(stage, by_hand.printed(stage.run("status")))
    assert_out(stage)


def test_bytes_that_change_on_the_way_are_found_by_their_digest(stage: Stage, anyio_backend: str) -> None:
    """A real index may take them without a look: what it shows is compared, and never called nothing."""
    with front(stage.url, Fate.SPOILT) as server:
        run = stage.run("--version", "major", backend=anyio_backend, PYPI_REPOSITORY_URL=server.url)
        assert run.code == 6, run.said
        assert "a file tiny-3.0.0-py3-none-any.whl with other bytes than ours" in run.said
        assert "nothing is public" not in run.said
        assert list(stage.published()) == ["tiny-3.0.0-py3-none-any.whl"]
        assert stage.run("status", PYPI_REPOSITORY_URL=server.url).code == 6


def test_an_upload_whose_answer_is_lost_is_looked_for(stage: Stage, anyio_backend: str) -> None:
    """The index has the file, whatever the connection said: the release goes on, and ends well."""
    with front(stage.url, Fate.UNHEARD, Fate.UNHEARD) as server:
        run = stage.run("--version", "major", backend=anyio_backend, PYPI_REPOSITORY_URL=server.url)
    assert run.code == 0, run.said
    assert_out(stage)


def test_nothing_of_a_first_upload_that_was_refused_stands_in_the_way(stage: Stage) -> None:
    """The refused run ends with exit 4; the same command then makes the release."""
    with front(stage.url, Fate.REFUSED) as server:
        failed(stage, PYPI_REPOSITORY_URL=server.url)
        run = stage.run("--version", "major", PYPI_REPOSITORY_URL=server.url, backend="trio")
    assert run.code == 0, run.said
    assert_out(stage)


def test_other_bytes_under_our_name_are_a_conflict(stage: Stage, anyio_backend: str) -> None:
    """Somebody uploads this version in the last moment: exit 6, and their file is left alone."""
    with front(stage.url, Fate.HELD) as server:
        target = {"PYPI_REPOSITORY_URL": server.url}
        with stage.forked("--version", "major", backend=anyio_backend, **target) as process:
            assert server.arrived.wait(60)
            theirs = indexes.wheel(stage.packages.parent / "theirs", "3.0.0")
            taken = theirs.rename(stage.packages / "tiny-3.0.0-py3-none-any.whl")
            digest = sha256(taken)
            server.go_on.set()
            run = ended(process)
    assert run.code == 6, run.said
    assert "with other bytes than ours" in run.said
    assert "release the next one" in run.said
    assert stage.published() == {taken.name: digest}
    assert stage.remote.git("log", "-1", "--format=%s", "main") == "begin"


def test_a_tag_of_that_name_made_meanwhile_is_a_conflict(stage: Stage) -> None:
    """The user tags something else while the files go out: exit 6, their tag stays, what is out is told."""
    with (
        front(stage.url, Fate.HELD) as server,
        stage.forked("--version", "major", PYPI_REPOSITORY_URL=server.url) as process,
    ):
        assert server.arrived.wait(60)
        stage.repository.git("tag", "v3.0.0", "main")
        server.go_on.set()
        run = ended(process)
    assert run.code == 6, run.said
    assert "a tag v3.0.0 of yours points elsewhere" in run.said
    assert "tiny-3.0.0.tar.gz" in run.said.partition("already public")[2].partition("still to do")[0]
    assert stage.repository.git("rev-parse", "v3.0.0") == stage.repository.git("rev-parse", "main")


def test_an_index_that_has_got_the_version_meanwhile_is_seen_by_the_last_look(stage: Stage) -> None:
    """Between the checks and the upload: exit 6 with nothing uploaded, and nothing changed here."""
    theirs = indexes.wheel(stage.packages.parent / "theirs", "3.0.0")
    hook = stage.repository.path / ".git/hooks/pre-commit"
    hook.write_text(f"#!/bin/sh\ncp '{theirs}' '{stage.packages}/tiny-3.0.0-py3-none-any.whl'\n")
    hook.chmod(0o755)
    before = stage.fingerprint()
    run = stage.run("--version", "major", backend="trio")
    assert run.code == 6, run.said
    assert "since the checks" in run.said
    assert stage.fingerprint()._replace(published={}) == before


def test_a_dist_that_is_no_directory_is_found_when_all_is_public(stage: Stage) -> None:
    """The copies for the user cannot be written: exit 5, said in words, with the release itself out."""
    (stage.repository.path / ".git/info/exclude").write_text("dist\n")
    stage.repository.write("dist", "a file of the user's")
    run = unfinished(stage, CLEAN_BUILD_ARTIFACTS="false")
    assert "Traceback" not in run.said
    assert "copy the files to dist/" in run.said
    assert "a file of the user's" in (stage.repository.path / "dist").read_text()
    assert_out(stage)


def assert_out(stage: Stage) -> None:
    """Files, branch and tag are out, and the user's branch is there too."""
    git, remote = stage.repository.git, stage.remote.git
    assert set(stage.published()) == {"tiny-3.0.0-py3-none-any.whl", "tiny-3.0.0.tar.gz"}
    assert remote("log", "-1", "--format=%s", "v3.0.0") == "release: v3.0.0"
    assert remote("rev-parse", "main") == remote("rev-parse", "v3.0.0^{commit}")
    assert git("rev-parse", "main", "v3.0.0") == remote("rev-parse", "main", "v3.0.0")
    assert git("status", "--porcelain") == ""
