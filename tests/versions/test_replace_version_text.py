"""One token is replaced, every other byte stays, and the result is proven."""

import pytest
from hypothesis import given, strategies as st

from release_async.base.errors import FailedError
from release_async.versions.distribution import Site
from release_async.versions.find_distributions import distributions
from release_async.versions.replace_version_text import rewrite
from support.trees import Files

PYPROJECT = (
    b"# 1.0.1\r\n[project]\r\nname = \"demo\" # 1.0.1\r\nversion   = '1.0.1'  # 1.0.1\r\n"
    b'dependencies = ["foo>=1.0.1", "bar==11.0.10"]\r\n[tool.other]\r\nversion = "1.0.1"'
)
MODULE = b'"""doc 1.0.1"""\n# coding\n__version__: str = "1.0.1"  # "1.0.1"\nOTHER = "1.0.1"\n'
FILES = {
    "crlf, single quotes, no end of line": ("pyproject.toml", PYPROJECT),
    "byte order mark": ("pyproject.toml", b"\xef\xbb\xbf" + PYPROJECT),
    "module": ("demo/__init__.py", MODULE),
    "module with byte order mark": ("demo/__init__.py", b'\xef\xbb\xbf__version__ = "1.0.1"\r\n'),
    "latin-1 module": ("demo/__init__.py", b"# coding: latin-1\nx = \"\xe9\xff\"; __version__ = u'1.0.1'\n"),
    "module of another Python": ("demo/__init__.py", b'print "1.0.1"\n__version__ = "1.0.1"\n'),
    "setup.cfg": ("setup.cfg", b"[metadata]\r\nname=demo\r\nversion = 1.0.1\r\n[x]\r\nversion = 1.0.1\r\n"),
    "setup.cfg, second line": ("setup.cfg", b"[metadata]\nname=demo\nversion =\n  1.0.1\n"),
    "setup.py": (
        "setup.py",
        b"setup(\n  name='demo', install_requires=['x==1.0.1'],\n  version = '1.0.1')\n",
    ),
}


def site_in(path: str, data: bytes) -> Site:
    """The one place that counts, in the one file under test."""
    files: dict[str, str | bytes] = {"pyproject.toml": '[project]\nname = "demo"\ndynamic = ["version"]\n'}
    (found,) = distributions(Files(files | {path: data}))
    (site,) = (site for site in found.sites if site.counts)
    return site


@pytest.mark.parametrize(("path", "data"), FILES.values(), ids=FILES.keys())
def test_only_the_token_changes(path: str, data: bytes) -> None:
    """Line ends, quotes, comments, encoding, dependencies and look-alikes stay byte for byte."""
    site = site_in(path, data)
    after = rewrite(data, site, "10.20.30rc4")
    assert after.count(b"10.20.30rc4") == 1
    at = after.index(b"10.20.30rc4")
    assert after[:at] + b"1.0.1" + after[at + len(b"10.20.30rc4") :] == data
    again = site_in(path, after)
    assert again.text == "10.20.30rc4"
    assert (again.line, again.key) == (site.line, site.key)


NUMBERS = st.lists(st.integers(0, 99), min_size=1, max_size=4).map(
    lambda numbers: ".".join(map(str, numbers))
)
VERSIONS = st.tuples(NUMBERS, st.sampled_from(["", "a1", ".post2", ".dev3", "rc1.dev2"])).map("".join)
NOISE = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\"'\\"), max_size=20)


FRAMES = st.tuples(st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\ufeff"]))


@given(VERSIONS, VERSIONS, NOISE, FRAMES)
def test_there_and_back_is_the_same_file(old: str, new: str, noise: str, frame: tuple[str, str]) -> None:
    """For any versions and surroundings: what is outside the span is identical, and once is enough."""
    end, mark = frame
    lines = (
        f"# {noise} {old}",
        "[project]",
        f'name = "demo"  # {noise}',
        f'version = "{old}" # {noise}',
        f'x = "{noise}"',
    )
    toml = (mark + end.join(lines)).encode()
    module = (mark + f'# {noise}{end}s = "{noise}"; __version__ = "{old}"  # {noise}{end}').encode()
    for path, data in (("pyproject.toml", toml), ("demo/__init__.py", module)):
        site = site_in(path, data)
        after = rewrite(data, site, new)
        assert len(after) - len(data) == len(new) - len(old)
        found = site_in(path, after)
        assert found.text == new
        assert rewrite(after, found, new) == after
        assert rewrite(after, found, old) == data


def test_a_file_that_changed_meanwhile_is_not_touched() -> None:
    """The place must still hold the version that was found there."""
    site = site_in("demo/__init__.py", MODULE)
    for other in (b"\n" + MODULE, MODULE.replace(b'"1.0.1"  #', b'"1.0.2"  #'), b"", b"\xff"):
        with pytest.raises(FailedError) as caught:
            rewrite(other, site, "2.0")
        assert "demo/__init__.py" in caught.value.cure


def test_a_place_that_is_no_single_token_is_not_touched() -> None:
    """What cannot be replaced safely is left to the person, with file and line."""
    data = b'__version__ = "1." "0"\n'
    with pytest.raises(FailedError, match="safely"):
        rewrite(data, site_in("demo/__init__.py", data), "2.0")
