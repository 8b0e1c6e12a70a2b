"""How these pages become a site: ``python -m sphinx -W -b html docs OUT``. Nothing is fetched.

The pages are Markdown that a forge shows as well, and tests hold them equal to the code. What only a site can
have is added while it is built: the way through the pages, and the options as the parser tells them.
"""

import re
import tomllib
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
PROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = PROJECT["name"]
author = PROJECT["authors"][0]["name"]
project_copyright = author
version = release = PROJECT["version"]

extensions = ["myst_parser", "sphinxarg.ext"]
highlight_language = "none"
smartquotes = False  # options keep their two hyphens
myst_heading_anchors = 4
html_theme = "furo"
html_title = f"{project} {release}"
html_copy_source = False
html_show_sphinx = False

LISTS = ("index", "decisions/README")
"""The pages whose lists of links are the way through the others."""

OPTIONS = """
## From the program itself

```{eval-rst}
.. argparse::
   :module: release_async.cli.command_line
   :func: parser
   :prog: release-async
   :nodefault:
```
"""


PICTURE = re.compile(
    r'<picture>\s*<source[^>]* srcset="([^"]+)">\s*<img src="([^"]+)" alt="([^"]+)">\s*</picture>'
)
"""A picture for dark pages and another one for light pages, as GitHub shows it."""


def setup(app: Sphinx) -> None:
    """Let pages be added to while they are read."""
    app.connect("source-read", add)


def add(_app: Sphinx, name: str, source: list[str]) -> None:
    """Add what only a site can have."""
    source[0] = PICTURE.sub(themed, source[0])
    if name in LISTS:
        source[0] += "".join(map(toctree, sections(source[0])))
    elif name == "reference/command-line":
        source[0] += OPTIONS


def themed(picture: re.Match[str]) -> str:
    """The same twice: the theme shows the one that goes with it, and only such files come into the site."""
    dark, light, alt = picture.groups()
    block = "```{{image}} {0}\n:alt: {1}\n:class: only-{2}\n```"
    return "\n\n".join(block.format(file, alt, kind) for file, kind in ((light, "light"), (dark, "dark")))


def sections(text: str) -> list[tuple[str, list[str]]]:
    """The pages that a list links to, below the words of the item above them; empty for those without one."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for line in text.splitlines():
        link = re.search(r"\]\((?!\w+:)([^)#]+)\.md\)", line)
        if link and line.startswith(("- ", "| ")) and found[-1][0]:
            found.append(("", []))
        if link:
            found[-1][1].append(link[1])
        elif line.startswith("- "):
            found.append((line.removeprefix("- "), []))
    return [section for section in found if section[1]]


def toctree(section: tuple[str, list[str]]) -> str:
    """The part of the way that one section is."""
    caption, pages = section
    options = [":hidden:", *([f":caption: {caption}"] if caption else [])]
    return "\n".join(("", "```{toctree}", *options, "", *pages, "```", ""))
