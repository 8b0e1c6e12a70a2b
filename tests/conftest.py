"""What every test gets: both async backends, and a home and a git configuration that are nobody's."""

import itertools
import os
import re
import signal
import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType

import hypothesis
import pytest

from support import indexes, watch

# How busy the machine is says nothing about what is tested.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

_GITCONFIG = """\
[user]
	name = A Person
	email = person@example.com
[init]
	defaultBranch = main
"""
_LEAKING = (
    *("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_CONFIG_COUNT", "VIRTUAL_ENV"),
    *(
        "PYPI_API_TOKEN",
        "PYPI_TEST_TOKEN",
        "PYPI_REPOSITORY_URL",
        "TEST_PYPI_REPOSITORY_URL",
        "PYPI_USERNAME",
    ),
    *("FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR", "COLUMNS", "RELEASE_ASYNC_REHEARSAL"),
)
# What is ignored stays ignored in whatever is started, and tests would wait for it in vain: a shell's
# background job does not hear Ctrl-C, and under nohup(1) nobody hears that a terminal is closed.
_UNIGNORED: Mapping[signal.Signals, Callable[[int, FrameType | None], object]] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGHUP: lambda *_: None,
}
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")

# Where the machine has certificate authorities of its own, uv and prek are to trust them, as pip does.
_AUTHORITIES = Path(ssl.get_default_verify_paths().openssl_capath).is_dir()


def pytest_configure(config: pytest.Config) -> None:
    """Search every test for the secrets that it made, and have what tests start hear every signal."""
    config.pluginmanager.register(watch, "watch for secrets")
    for number, handler in _UNIGNORED.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as quick what is pure, so that a rehearsal of this project runs it; what asks uv is not."""
    for item in items:
        if item.path.parent.name == "versions" and item.path.name != "test_bump.py":
            item.add_marker(pytest.mark.quick)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Every async test runs on both backends that the tool supports."""
    backend: str = request.param
    return backend


@pytest.fixture(autouse=True)
def signals_as_they_were() -> Iterator[None]:
    """Hear them again after a test that ran the tool in this process: at its end it ignores them."""
    asking = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in asking]
    yield
    for number, handler in zip(asking, before, strict=True):
        signal.signal(number, handler)


_numbers = itertools.count()


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As pytest's own, which reads the names of all that were made before to find one for the next.

    With some thousand tests that takes longer than most of them.
    """
    name = re.sub(r"\W", "_", request.node.name)[:30]
    path = tmp_path_factory.getbasetemp() / f"{name}-{next(_numbers)}"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture(autouse=True)
def nobodys_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a home of its own, so that no person's configuration decides and none is written.

    Only the caches of installers stay the person's: they decide nothing but how long a test takes.
    """
    home = tmp_path_factory.getbasetemp() / f"home-{next(_numbers)}"
    home.mkdir(mode=0o700)
    for name in _LEAKING:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("PIP_CACHE_DIR", os.environ.get("PIP_CACHE_DIR", str(_CACHE / "pip")))
    monkeypatch.setenv("UV_CACHE_DIR", os.environ.get("UV_CACHE_DIR", str(_CACHE / "uv")))
    if _AUTHORITIES:
        monkeypatch.setenv("UV_SYSTEM_CERTS", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (home / "gitconfig").write_text(_GITCONFIG)
    return home


@pytest.fixture(scope="session")
def devpi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real devpi-server for all tests, since it takes long to start; each makes a user of its own there."""
    with indexes.devpi(tmp_path_factory.mktemp("devpi") / "server") as root:
        yield root
