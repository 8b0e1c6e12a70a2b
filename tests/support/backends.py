"""Small projects for every build backend that people use, committed as they would commit them."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
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

_FILES: Final = {
    "src/demo_project/__init__.py": '"""Demo."""\n\n\ndef main() -> None:\n    """Do it."""\n',
    "src/demo_project/data/table.csv": "a,b\r\n1,2\r\n",
    "README.md": "# Demo\n\nA project for one backend.\n",
    "LICENSE": "Do what you like.\n",
    ".gitignore": "dist/\n*.egg-info/\n",
}

_Files = dict[str, str]
_PURE: Final[dict[str, tuple[str, str, _Files]]] = {
    "setuptools": ("setuptools>=77", "setuptools.build_meta", {}),
    "hatchling": ("hatchling", "hatchling.build", {}),
    "flit": ("flit_core>=3.11", "flit_core.buildapi", {}),
    "poetry-core": ("poetry-core>=2", "poetry.core.masonry.api", {}),
    "pdm-backend": ("pdm-backend", "pdm.backend", {}),
    "uv_build": ("uv_build", "uv_build", {}),
}
PURE: Final = tuple(_PURE)

_C: Final = """\
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_native", NULL, -1, NULL};
PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&module); }
"""
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
_NATIVE: Final[dict[str, tuple[str, str, _Files]]] = {
    "meson-python": ("meson-python", "mesonpy", {"meson.build": _MESON, "native.c": _C}),
    "scikit-build-core": (
        "scikit-build-core",
        "scikit_build_core.build",
        {"CMakeLists.txt": _CMAKE, "native.c": _C},
    ),
}
NATIVE: Final = tuple(_NATIVE)


def committed(root: Path, backend: str, more: Mapping[str, str] = MappingProxyType({})) -> Repository:
    """A repository with one commit of a project.

    Args:
        root: Where; the folder may be missing.
        backend: One of ``PURE`` and ``NATIVE``.
        more: Further files, or others in the place of those that are always written.
    """
    requires, entry, files = {**_PURE, **_NATIVE}[backend]
    build = f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{entry}"\n'
    repository = Repository.init(root)
    for path, text in {"pyproject.toml": build + _PROJECT, **_FILES, **files, **more}.items():
        repository.write(path, text)
    repository.commit("begin")
    return repository
