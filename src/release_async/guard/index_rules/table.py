"""The rules of package indexes as one table: what each says, since when, and where that is written.

It judges nothing; the modules beside it do, and name the rule that they judge by.
"""

from typing import Final, NamedTuple

from release_async.base.problems import Level

CHECKED: Final = "2026-11-30"
"""The day on which the table was last compared with what PyPI does."""


class Rule(NamedTuple):
    """One rule.

    Attributes:
        words: What the index answers, in its own terms but ours in words.
        source: The standard or the part of PyPI that says so.
        since: When PyPI began to refuse such files, as far as its changes tell; "never" if it takes them.
        everywhere: Whether other indexes and installers need it too; otherwise it is PyPI's alone.
        level: Whether a file that breaks it is refused before the upload.
    """

    words: str
    source: str
    since: str
    everywhere: bool = False
    level: Level = Level.REFUSE

    def applies(self, public: str) -> bool:
        """Whether the rule holds for an index: ``public`` names PyPI or TestPyPI, and is empty for others."""
        return self.everywhere or bool(public)


_OLD: Final = "before 2025"
_RECENT: Final = "2025-11 to 2026-08"
RULES: Final = {
    "file-name": Rule("every installer can read the file name", "PEP 427, PEP 625", _OLD, everywhere=True),
    "name-of-python": Rule(
        "a new project is not called like a module of Python's library", "PyPI, names of projects", _OLD
    ),
    "name-reserved": Rule(
        "a new name may be prohibited, too like another one, or below a prefix that somebody has reserved",
        "PyPI, names of projects; PEP 752",
        _OLD,
        level=Level.WARN,
    ),
    "file-spelling": Rule("file names are project and version in normal form", "PEP 427, PEP 625", _RECENT),
    "platform-tag": Rule("unsupported platform tag", "PEP 425, 600, 656, 730, 738, 783", _OLD),
    "local-version": Rule("local versions are not allowed", "PEP 440, local version identifiers", _OLD),
    "direct-reference": Rule("no direct dependency is allowed", "PEP 440, direct references", _OLD),
    "classifier": Rule("every classifier is a known one", "trove-classifiers", _OLD),
    "private": Rule("Private :: is never a valid classifier", "trove-classifiers", _OLD),
    "license-file": Rule("each License-File is in the distribution file", "PEP 639", _OLD),
    "license-and-expression": Rule("License excludes License-Expression", "PEP 639", _OLD),
    "entry-points": Rule("entry points are well-formed", "entry points specification", _RECENT),
    "entry-point-value": Rule(
        "groups and values are names of Python", "entry points specification", "never", level=Level.WARN
    ),
    "email": Rule("an address is one", "core metadata, Author-email", _OLD),
    "summary": Rule("at most 512 characters", "core metadata, Summary", _OLD),
    "project-url": Rule("a label of 1 to 32 characters, a web address", "core metadata, Project-URL", _OLD),
    "file-size": Rule("files have a limit", "PyPI, storage limits", _OLD, level=Level.WARN),
    "requires-differ": Rule(
        "one version has one set of dependencies", "PEP 643", "never", everywhere=True, level=Level.WARN
    ),
}
"""By their names. What readers of ZIP and tar files understand differently is told where they are read."""
