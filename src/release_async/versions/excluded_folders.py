"""Names of folders in which no project and no version of this repository is looked for. Reads nothing."""

from release_async.base.lazy_typing import Final

EXCLUDED_FOLDERS: Final = frozenset((
    "tests", "test", "testing", "testdata", "fixtures", "samples", "sample", "examples", "example",
    "docs", "doc", "vendor", "vendored", "_vendor", "_vendored", "third_party", "thirdparty", "extern",
    "subprojects", "external", "externals", "node_modules", "template", "templates", "site-packages", "venv",
    ".venv", ".tox", ".nox",
))  # fmt: skip
"""Names of folders that contain no product of the project itself."""
