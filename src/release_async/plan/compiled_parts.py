"""Whether a project has parts that are compiled, by what its files say. Pure; it runs none of them."""

import re
import tomllib
from collections.abc import Callable

_BACKENDS = {
    "maturin": "maturin",
    "mesonpy": "meson-python",
    "scikit_build_core": "scikit-build-core",
    "py_build_cmake": "py-build-cmake",
    "enscons": "enscons",
}
BY_SETUP = "setuptools, extensions in setup.py"
"""Code decides: of many projects such an extension is optional, and most builds go without."""
_SETUP = re.compile(r"\b(?:ext_modules|cffi_modules|rust_extensions)\s*=|\bcythonize\(|\bExtension\(")


def compiled_by(read: Callable[[str], bytes | None]) -> str:
    """What compiles parts of a project, in a word or two; empty where nothing is found that does.

    Args:
        read: Gives the content of one of its files, by its path in the project; None where there is none.
    """
    try:
        document = tomllib.loads((read("pyproject.toml") or b"").decode())
    except (ValueError, RecursionError):
        document = {}
    system, tool = (_table(document.get(name)) for name in ("build-system", "tool"))
    backend = str(system.get("build-backend", "")).partition(".")[0].partition(":")[0]
    if backend in _BACKENDS:
        return _BACKENDS[backend]
    if "cibuildwheel" in tool:
        return "cibuildwheel"
    if "ext-modules" in _table(tool.get("setuptools")):
        return "setuptools, ext-modules in pyproject.toml"
    if _SETUP.search((read("setup.py") or b"").decode("utf-8", "replace")):
        return BY_SETUP
    return ""


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
