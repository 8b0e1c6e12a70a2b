"""What a module makes of its version further down: only what is certain counts, and nothing is run."""

import pytest

from release_async.versions.find_distributions import distributions
from release_async.versions.formats.later_changes import is_changed, suffix_of
from release_async.versions.formats.python import Module
from release_async.versions.formats.python_syntax import parsed
from support.trees import Files

CHANGED = {
    "at once": "V = '1.0'\nV += '.dev0'\n",
    "of itself": "V = '1.0'\nV = V  + '.dev0'\n",
    "not released": "RELEASED = False\nV = '1.0'\nif not RELEASED:\n    V += '.dev0'\n",
    "an extra": "EXTRA = '.dev'\nV = '1.0'\nif EXTRA:\n    V = f'{V}{EXTRA}'\n",
    "otherwise": "FINAL = 0\nV = '1.0'\nif FINAL:\n    pass\nelse:\n    V += 'rc1'\n",
}
UNCHANGED = {
    "released": "RELEASED = True\nV = '1.0'\nif not RELEASED:\n    V += '.dev0'\n",
    "no extra": "EXTRA = ''\nV = '1.0'\nif EXTRA:\n    V += EXTRA\n",
    "by the environment": "import os\nV = '1.0'\nif os.environ.get('NIGHTLY'):\n    V += '.dev0'\n",
    "another name": "V = '1.0'\nW = V + '.dev0'\nW += '1'\n",
    "in a function": "V = '1.0'\ndef f():\n    global V\n    V += '.dev0'\n",
    "unknown": "V = '1.0'\nif 'dev' in V:\n    V += '.1'\n",
}


@pytest.mark.parametrize("text", CHANGED.values(), ids=CHANGED)
def test_a_change_that_is_certain_is_seen(text: str) -> None:
    """Where it stands under a condition, the literals of the module decide."""
    assert is_changed(Module(text, parsed(text)), "V")


@pytest.mark.parametrize("text", UNCHANGED.values(), ids=UNCHANGED)
def test_what_depends_on_more_is_no_change(text: str) -> None:
    """Of an environment nothing is known, and what a function does is done when it is called."""
    assert not is_changed(Module(text, parsed(text)), "V")


@pytest.mark.parametrize("text", CHANGED.values(), ids=CHANGED)
def test_a_version_that_is_changed_is_not_played_against_others(text: str) -> None:
    """The literal is not what is built: no mirror is compared with it, in `setup.py` or behind `attr`."""
    named = text.replace("V", "__version__")
    table = (
        '[build-system]\nrequires = []\nbuild-backend = "setuptools.build_meta"\n[project]\nname = "demo"\n'
        'dynamic = ["version"]\n[tool.setuptools.dynamic]\nversion = { attr = "demo.about.__version__" }\n'
    )
    both: tuple[dict[str, str | bytes], ...] = (
        {"pyproject.toml": table, "demo/about.py": named, "demo/__init__.py": "__version__ = '1.0.dev0'\n"},
        {"setup.py": f"{named}setup(name='demo', version=__version__)\n", "demo/__init__.py": ""},
    )
    for files in both:
        (found,) = distributions(Files(files))
        assert found.version in {None, "1.0.dev0"}
        assert found.agree


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        ("E = '.dev'\nV = '1.0'\nif E:\n    V = V + E\n", ".dev"),
        ("E = '.dev'\nV = '1.0'\nif E:\n    V += E\n", ".dev"),
        ("E = '.dev'\nV = '1.0'\nif E:\n    V = f'{V}{E}'\n", ".dev"),
        ("E = '.dev'\nV = '1.0'\nif E:\n    V = E + V\n", None),
        ("E = '.dev'\nV = '1.0'\nif E:\n    V += '.other'\n", None),
        ("E = '.dev'\nV = '1.0'\nif E:\n    V += E\nV += '1'\n", None),
        ("E = F + '.dev'\nV = '1.0'\nV += E\n", None),
        ("E = True\nV = '1.0'\nif E:\n    V += 1 * E\n", None),
    ],
)
def test_a_suffix_that_is_appended_is_found(text: str, suffix: str | None) -> None:
    """Where it is one literal, and its being there is the condition: then an empty one makes a release."""
    found = suffix_of(Module(text, parsed(text)), "V")
    assert (found.value if found else None) == suffix
