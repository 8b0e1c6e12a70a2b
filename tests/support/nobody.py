"""The environment of nobody: a home, a name for git, and nothing that a person, a hook or a service has set.

It owns what tests and benchmarks see of the machine. It never takes away what starts programs and reaches
package registries: ``PATH``, ``PIP_*``, ``UV_*``, proxies, certificates.
"""

import os
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from release_async.plan.settings import VARIABLES

_GITCONFIG = """\
[user]
	name = A Person
	email = person@example.com
[init]
	defaultBranch = main
"""
# What git, ssh, gpg, gh, hook managers and terminals are told by somebody else, and the locale. Git's own
# variables stand above every configuration file: a test could not say otherwise in one.
_FOREIGN = re.compile(
    r"(GIT|SSH|GPG|GH|GITHUB|TWINE|PRE_COMMIT|PREK|XDG|LC|CLICOLOR|TTY)_"
    r"|(EMAIL|GNUPGHOME|LANG|LANGUAGE|PRE_COMMIT|CLICOLOR|FORCE_COLOR|NO_COLOR|COLUMNS|LINES)\Z"
    r"|(VIRTUAL_ENV|RELEASE_ASYNC_REHEARSAL)\Z"
)
_SETTINGS = frozenset(variable.name for variable in VARIABLES)

# Read before anybody has another home: downloads are shared by all tests and all runs, and decide nothing
# but how long these take.
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
CACHES = {
    name: os.environ.get(name, str(_CACHE / folder))
    for name, folder in (("PIP_CACHE_DIR", "pip"), ("UV_CACHE_DIR", "uv"))
}
"""Where installers keep their downloads, by the variable that says so."""

SHORT_LIVED = {"GOGC": "off"}
"""gh, a program in Go, asks one question and ends: it spends a quarter of that on collecting garbage."""

# Where the machine has certificate authorities of its own, uv and prek are to trust them, as pip does.
_AUTHORITIES = Path(ssl.get_default_verify_paths().openssl_capath).is_dir()


@contextmanager
def in_charge(home: Path) -> Iterator[None]:
    """Let this process, and what it starts, have nobody's environment; afterwards it is as it was.

    Args:
        home: Where to make the home; the folder is missing.
    """
    before = dict(os.environ)
    for name in before:
        if _FOREIGN.match(name) or name in _SETTINGS:
            del os.environ[name]
    # Nobody is asked on the terminal that the tests were started on: it is not theirs.
    os.environ.update({**CACHES, **SHORT_LIVED, "LANG": "C.UTF-8", "CI": "true", **home_at(home)})
    if _AUTHORITIES:
        os.environ["UV_SYSTEM_CERTS"] = "1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def home_at(path: Path) -> dict[str, str]:
    """Make a home in which git knows a person, and return the variables that lead there.

    Args:
        path: Where; the folder is missing.
    """
    path.mkdir(mode=0o700)
    (path / "gitconfig").write_text(_GITCONFIG)
    return {
        "HOME": str(path),
        "GIT_CONFIG_GLOBAL": str(path / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
