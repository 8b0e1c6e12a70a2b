"""What every test gets: both async backends, and a home and a git configuration that are nobody's."""

import gc
import itertools
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType

import hypothesis
import pytest

from support import indexes, matrices, nobody, watch

# Who has PYTHONDONTWRITEBYTECODE set would compile all tests anew in every process of pytest-xdist.
sys.dont_write_bytecode = False

# How busy the machine is says nothing about what is tested.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

# New repositories are spared a dozen examples of hooks, and none grows so large that git would tidy it up: it
# need not look each time.
_SPARED = """\
[init]
	templateDir = {template}
[gc]
	auto = 0
[maintenance]
	auto = false
"""

# What is ignored stays ignored in whatever is started, and tests would wait for it in vain: a shell's
# background job does not hear Ctrl-C, and under nohup(1) nobody hears that a terminal is closed.
_UNIGNORED: Mapping[signal.Signals, Callable[[int, FrameType | None], object]] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGHUP: lambda *_: None,
}


_MEMORY, _ROOM = Path("/dev/shm"), 4 * 2**30  # noqa: S108 - pytest makes a folder there that is ours alone
"""A file system in memory (shm_overview(7)), and twice the bytes that a whole run needs there."""


def pytest_configure(config: pytest.Config) -> None:
    """Search every test for the secrets that it made, and have what tests start hear every signal."""
    config.pluginmanager.register(watch, "watch for secrets")
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))  # repositories are many small files
    gc.disable()  # until all is collected: none of it is garbage
    for number, handler in _UNIGNORED.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.hookimpl(optionalhook=True)  # pytest-xdist's: not everybody who runs the quick tests has it
def pytest_xdist_auto_num_workers() -> int:
    """Five for two processors: most tests wait for what they have started, and some for the clock."""
    return 5 * len(os.sched_getaffinity(0)) // 2


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no module without a quick test where only these are asked for: it takes longer than they do."""
    if config.option.markexpr != "quick" or not collection_path.match("test_*.py"):
        return None
    return None if _is_pure(collection_path) or _QUICK in collection_path.read_text("utf-8") else True


_QUICK = "pytest.mark.quick"


def _is_pure(module: Path) -> bool:
    """What asks uv is not."""
    return module.parent.name == "versions" and module.name != "test_bump.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as quick what is pure, so that a rehearsal of this project runs it, and what is to be left out."""
    for item in items:
        if _is_pure(item.path):
            item.add_marker(pytest.mark.quick)
    for item in matrices.out_of_turn(items):
        item.add_marker(pytest.mark.exhaustive)


def pytest_collection_finish() -> None:
    """Never look for garbage in what was collected, which is most of what there is."""
    gc.freeze()
    gc.enable()


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


@pytest.fixture(scope="session", autouse=True)
def nobodys_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let no person's configuration decide, nor what a hook or a service has set.

    It is there before what is made once for many tests, which comes before any of them has its own home.
    """
    with nobody.in_charge(tmp_path_factory.getbasetemp() / "home"):
        yield


@pytest.fixture(scope="session")
def git_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a new repository is copied from: the directories that tests write to."""
    template = tmp_path_factory.mktemp("template")
    for name in ("hooks", "info"):
        (template / name).mkdir()
    return template


@pytest.fixture(autouse=True)
def nobodys_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, git_template: Path
) -> Path:
    """Give the test a home of its own, so that it sees nothing that another one has written there."""
    home = tmp_path_factory.getbasetemp() / f"home-{next(_numbers)}"
    for name, value in nobody.home_at(home).items():
        monkeypatch.setenv(name, value)
    with (home / "gitconfig").open("a", encoding="utf-8") as file:
        file.write(_SPARED.format(template=git_template))
    monkeypatch.setenv("VIRTUALENV_NO_PERIODIC_UPDATE", "1")
    return home


@pytest.fixture(scope="session")
def devpi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real devpi-server for all tests, since it takes long to start; each makes a user of its own there."""
    with indexes.devpi(tmp_path_factory.mktemp("devpi") / "server") as root:
        yield root
