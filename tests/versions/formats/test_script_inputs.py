"""The idioms by which ``setup.py`` finds its version in another file, followed without running any."""

import pytest

from release_async.versions.compare_places import compare
from release_async.versions.find_distributions import distributions
from support.trees import Files

MODULE = '__version__ = "1.0"\n'
IDIOMS = {
    "exec into a dictionary": "import os\nhere = os.path.abspath(os.path.dirname(__file__))\nabout = {}\n"
    "with open(os.path.join(here, 'demo', '__init__.py')) as f:\n    exec(f.read(), about)\n"
    "with open('README.md') as f:\n    readme = f.read()\nsetup(name='demo', version=about['__version__'])\n",
    "parts of a path": "def read(*parts):\n    return open(os.path.join(here, *parts)).read()\n"
    "def find_version(*parts):\n    return re.search('__version__ = (.*)', read(*parts)).group(1)\n"
    "setup(name='demo', version=find_version('demo', '__init__.py'))\n",
    "a package's name": "def get_version(package):\n"
    "    text = open(os.path.join(package, '__init__.py')).read()\n"
    "    return re.search('__version__ = (.*)', text).group(1)\n"
    "setup(name='demo', version=get_version('demo'))\n",
    "pathlib": "from pathlib import Path\nROOT = Path(__file__).resolve().parent\n"
    "text = (ROOT / 'demo' / '__init__.py').read_text()\n"
    "version = re.search('__version__', text).group(1)\nsetup(name='demo', version=version)\n",
    "import": "import demo\nsetup(name='demo', version=demo.__version__)\n",
    "import from": "from demo import __version__ as v\nsetup(name='demo', version=v)\n",
    "__import__": "setup(name='demo', version=__import__('demo').__version__)\n",
    "lines": "with open('demo/__init__.py') as lines:\n    for line in lines:\n"
    "        if line.startswith('__version__'):\n            version = eval(line.split('=')[-1])\n"
    "setup(name='demo', version=version)\n",
    "a name with dashes": "NAME = 'de-mo'\nfolder = NAME.replace('-', '')\n"
    "with open(os.path.join(folder, '__init__.py')) as f:\n"
    "    version = re.search('__version__', f.read()).group(1)\nsetup(name='demo', version=version)\n",
    "runpy": "import runpy\nabout = runpy.run_path('demo/__init__.py')\n"
    "setup(name='demo', version=about['__version__'])\n",
}


@pytest.mark.parametrize("script", IDIOMS.values(), ids=IDIOMS.keys())
def test_the_file_that_setup_py_reads_is_the_source(script: str) -> None:
    """Also where the package holds another literal, which then must agree."""
    files: dict[str, str | bytes] = {
        "setup.py": script, "README.md": "1.0", "demo/__init__.py": MODULE, "demo/_version.py": MODULE,
    }  # fmt: skip
    (found,) = distributions(Files(files))
    assert found.source is not None
    assert found.source.path == "demo/__init__.py"
    (found,) = distributions(Files(files | {"demo/_version.py": MODULE.replace("1.0", "1.1")}))
    assert [problem.where for problem in compare(found)] == ["demo/_version.py:1"]


@pytest.mark.parametrize(
    "script",
    [
        (
            "text = open('demo/__init__.py').read() + open('demo/_version.py').read()\n"
            "setup(name='demo', version=f(text))"
        ),
        "import other\nsetup(name='demo', version=other.version())",
        "setup(name='demo', **json.load(open('setup.json')))",
    ],
)
def test_what_is_read_from_nowhere_certain_is_not_guessed(script: str) -> None:
    """Two files, a foreign module, a dictionary: what stands in none of ours alone is not checked."""
    files: dict[str, str | bytes] = {"setup.py": script, "demo/__init__.py": "", "demo/_version.py": ""}
    (found,) = distributions(Files(files))
    assert found.version is None
    assert any("not checked" in problem.what for problem in compare(found))


@pytest.mark.parametrize("text", ["1.0\n", "1.0", "\n 1.0 \r\n"])
def test_a_file_of_the_version_alone_is_read_whole(text: str) -> None:
    """White space around it is none of the version's."""
    script = "setup(name='demo', version=open('VERSION').read().strip())\n"
    (found,) = distributions(Files({"setup.py": script, "VERSION": text, "demo/__init__.py": ""}))
    assert found.version == "1.0"
    assert found.source is not None
    assert text[found.source.start : found.source.end] == "1.0"
