"""What must not be uploaded is refused before anything is public, all of it at once, each with its cure."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import releasing, secrets
from support.releasing import Run, Stage

pytestmark = pytest.mark.by_turns

REASONS = """
allow-in-artifacts = [
    { path = "keys/server.pem", reason = "a key of the tests" },
    { path = "config/prod.env", reason = "holds defaults" },
    { path = "stray.py", reason = "is made by the build" },
    { path = "tiny/*.py", reason = "stamped by the build" },
]
"""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The project that builds in no time."""
    with releasing.tiny(tmp_path) as stage:
        yield stage


def changed(stage: Stage, path: str, old: str, new: str) -> None:
    """Change a file of the project in one place."""
    text = (stage.repository.path / path).read_text()
    assert text.count(old) == 1
    stage.repository.write(path, text.replace(old, new))


def plant(stage: Stage) -> None:
    """Commit a key and a file for secrets, and a backend that adds a file and changes a module."""
    stage.repository.write("keys/server.pem", secrets.private_key())
    stage.repository.write("config/prod.env", "API_KEY=abcdef\n")
    backend = "backend/tiny_backend.py"
    changed(
        stage,
        backend,
        "    project = _project()\n    top",
        '    Path("stray.py").touch()\n    project = _project()\n    top',
    )
    changed(
        stage,
        backend,
        "            archive.write(path)",
        '            archive.writestr(str(path), path.read_text() + "# more\\n")',
    )
    stage.repository.commit("plant")
    stage.repository.git("push", "--quiet")


def refused(stage: Stage, backend: str) -> Run:
    """Try a release that must end with exit code 4 and change nothing."""
    before = stage.fingerprint()
    run = stage.run("--version", "major", backend=backend)
    assert run.code == 4, run.said
    assert stage.fingerprint() == before
    return run


def test_planted_faults_are_refused_together_and_each_with_its_cure(stage: Stage, anyio_backend: str) -> None:
    """A committed key, a committed ``.env``, a file that git has not, a wheel that differs."""
    plant(stage)
    said = refused(stage, anyio_backend).said
    sdist, wheel = "tiny-3.0.0.tar.gz", "tiny-3.0.0-py3-none-any.whl"
    assert "hold 4 things that must not be uploaded" in said
    assert f"{sdist}: keys/server.pem line 1: private key" in said
    assert f"{sdist}: config/prod.env is a file for secrets, and holds what looks like one" in said
    assert f"{sdist}: stray.py is not in the release commit" in said
    assert f"{wheel}: tiny/__init__.py is not what the sdist has in tiny/__init__.py" in said
    for cure in ("replace the key", "git rm --cached it", "commit it, or keep it out", "see what changes it"):
        assert cure in said


def test_what_is_allowed_with_a_reason_is_uploaded_and_told(stage: Stage, anyio_backend: str) -> None:
    """The reasons stand where the release is read."""
    plant(stage)
    changed(stage, "pyproject.toml", "[tool.release-async]\n", f"[tool.release-async]{REASONS}")
    stage.repository.commit("allow")
    stage.repository.git("push", "--quiet")
    run = stage.run("--version", "major", backend=anyio_backend)
    assert run.code == 0, run.said
    for reason in ("a key of the tests", "holds defaults", "is made by the build", "stamped by the build"):
        assert f"allowed: {reason}" in run.said


def test_what_git_ignores_never_gets_in(stage: Stage, anyio_backend: str) -> None:
    """An untracked key, a ``.env`` and a stale ``dist/`` are harmless: the build sees the commit alone."""
    repository = stage.repository
    repository.write(".gitignore", ".env\ndist/\nid_rsa\n__pycache__/\n")
    repository.commit("ignore")
    repository.git("push", "--quiet")
    repository.write("id_rsa", secrets.private_key())
    repository.write("config/.env", "DEBUG=1\n")
    repository.write("dist/tiny-1.0.0.tar.gz", "stale")
    run = stage.run("--version", "major", backend=anyio_backend)
    assert run.code == 0, run.said
    assert set(stage.published()) == {"tiny-3.0.0.tar.gz", "tiny-3.0.0-py3-none-any.whl"}
    with tarfile.open(stage.packages / "tiny-3.0.0.tar.gz") as sdist:
        names = {name.removeprefix("tiny-3.0.0/") for name in sdist.getnames()}
    assert names == {*repository.git("ls-files").splitlines(), "PKG-INFO"}


def test_a_wheel_that_cannot_be_installed_is_refused(stage: Stage, anyio_backend: str) -> None:
    """An installer is asked before the index is."""
    changed(stage, "backend/tiny_backend.py", "Wheel-Version: 1.0", "Wheel-Version: 9.0")
    stage.repository.commit("break")
    stage.repository.git("push", "--quiet")
    said = refused(stage, anyio_backend).said
    assert "tiny-3.0.0-py3-none-any.whl cannot be installed into an empty prefix" in said


def test_another_version_in_the_metadata_cannot_be_allowed(stage: Stage, anyio_backend: str) -> None:
    """Both files say so, the installer too, and a setting for the archives helps the last alone."""
    allow = '\nallow-in-artifacts = [{ path = "*.whl", reason = "r" }, { path = "*.tar.gz", reason = "r" }]\n'
    changed(stage, "pyproject.toml", "[tool.release-async]\n", f"[tool.release-async]{allow}")
    changed(stage, "backend/tiny_backend.py", "Version: {project['version']}", "Version: 9.9")
    stage.repository.commit("break")
    stage.repository.git("push", "--quiet")
    said = refused(stage, anyio_backend).said
    assert "hold 2 things that must not be uploaded" in said
    assert "tiny-3.0.0.tar.gz says it is tiny 9.9, not tiny 3.0.0" in said
    assert "tiny-3.0.0-py3-none-any.whl says it is tiny 9.9, not tiny 3.0.0" in said
    assert "allow-in-artifacts, with the reason" not in said


def test_a_wheel_for_another_python_is_not_installed_and_that_is_told(
    stage: Stage, anyio_backend: str
) -> None:
    """The release is not kept from its users by the Python that makes it."""
    changed(
        stage, "backend/tiny_backend.py", "Summary: Tiny.\\n", "Summary: Tiny.\\nRequires-Python: >=99\\n"
    )
    stage.repository.commit("ahead")
    stage.repository.git("push", "--quiet")
    run = stage.run("--version", "major", backend=anyio_backend)
    assert run.code == 0, run.said
    assert "not tried to install, since it wants a Python that is >=99" in run.said


def test_what_only_twine_s_strict_check_refuses_is_told(stage: Stage, anyio_backend: str) -> None:
    """The index takes a project without a description; a project may say why it has none."""
    changed(stage, "backend/tiny_backend.py", "\\n\\n# Tiny\\n", "\\n\\n")
    stage.repository.commit("silence")
    stage.repository.git("push", "--quiet")
    run = stage.run("--version", "major", backend=anyio_backend)
    assert run.code == 0, run.said
    told = " ".join(run.said.split())
    assert told.count("does not pass twine check --strict") == 1
    assert "`long_description` missing (tiny-3.0.0.tar.gz as well)" in told
    allow = '\nallow-in-artifacts = [{ path = "tiny-*", reason = "it speaks for itself" }]\n'
    changed(stage, "pyproject.toml", "[tool.release-async]\n", f"[tool.release-async]{allow}")
    stage.repository.commit("allow")
    stage.repository.git("push", "--quiet")
    run = stage.run("--version", "4.0.0", backend=anyio_backend)
    assert run.code == 0, run.said
    assert "allowed: it speaks for itself" in run.said
