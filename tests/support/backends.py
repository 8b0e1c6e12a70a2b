"""Small projects for every build backend that people use, committed as they would commit them."""

from pathlib import Path
from typing import Final

from support.repositories import Repository

VERSION: Final = "1.2.3"

_PROJECT: Final = f"""
[project]
name = "demo-project"
version = "{VERSION}"
description = "A project for one backend."
readme = "README.md"
license-files = ["LICENSE"]
requires-python = ">=3.11"

[project.scripts]
demo = "demo_project:main"
"""

_PURE: Final = {
    "setuptools": ("setuptools>=77", "setuptools.build_meta", ""),
    "hatchling": ("hatchling", "hatchling.build", ""),
    "flit": ("flit_core>=3.11", "flit_core.buildapi", ""),
    "poetry-core": ("poetry-core>=2", "poetry.core.masonry.api", ""),
    "pdm-backend": ("pdm-backend", "pdm.backend", ""),
    "uv_build": ("uv_build", "uv_build", ""),
}
PURE: Final = tuple(_PURE)

_MESON: Final = f"""\
project('demo-project', 'c', version: '{VERSION}')
py = import('python').find_installation(pure: false)
py.install_sources('src/demo_project/__init__.py', subdir: 'demo_project', pure: false)
py.extension_module('_native', 'native.c', subdir: 'demo_project', install: true)
"""
_CMAKE: Final = """\
cmake_minimum_required(VERSION 3.18)
project(demo_project LANGUAGES C)
find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
python_add_library(_native MODULE native.c WITH_SOABI)
install(TARGETS _native DESTINATION demo_project)
"""
_NATIVE: Final = {
    "meson-python": ("meson-python", "mesonpy", {"meson.build": _MESON}),
    "scikit-build-core": ("scikit-build-core", "scikit_build_core.build", {"CMakeLists.txt": _CMAKE}),
}
NATIVE: Final = tuple(_NATIVE)
_C: Final = """\
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_native", NULL, -1, NULL};
PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&module); }
"""


def committed(root: Path, backend: str, **more: str) -> Repository:
    """A repository with one commit of a project.

    Args:
        root: Where; the folder may be missing.
        backend: One of ``PURE`` and ``NATIVE``.
        more: Further tables of ``pyproject.toml`` (``pyproject``) or texts by path, slashes as ``__``.
    """
    repository = Repository.init(root)
    requires, entry, files = _PURE.get(backend) or _NATIVE[backend]
    build = f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{entry}"\n'
    repository.write("pyproject.toml", build + _PROJECT + more.pop("pyproject", ""))
    repository.write(
        "src/demo_project/__init__.py", '"""Demo."""\n\n\ndef main() -> None:\n    """Do it."""\n'
    )
    repository.write("src/demo_project/data/table.csv", "a,b\r\n1,2\r\n")
    repository.write("README.md", "# Demo\n\nA project for one backend.\n")
    repository.write("LICENSE", "Do what you like.\n")
    repository.write(".gitignore", "dist/\n*.egg-info/\n")
    for path, text in dict(files).items() if files else ():
        repository.write(path, text)
        repository.write("native.c", _C)
    for path, text in more.items():
        repository.write(path.replace("__", "/"), text)
    repository.commit("begin")
    return repository
