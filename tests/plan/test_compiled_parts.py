"""Compiled parts are seen in what a project's files say, without running any of them."""

import pytest

from release_async.plan.compiled_parts import compiled_by


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"pyproject.toml": 'build-system.build-backend = "maturin"'}, "maturin"),
        ({"pyproject.toml": 'build-system.build-backend = "scikit_build_core.build"'}, "scikit-build-core"),
        ({"pyproject.toml": 'build-system.build-backend = "mesonpy"'}, "meson-python"),
        ({"pyproject.toml": "[tool.cibuildwheel]"}, "cibuildwheel"),
        ({"pyproject.toml": "[[tool.setuptools.ext-modules]]"}, "setuptools, ext-modules in pyproject.toml"),
        ({"setup.py": "setup(ext_modules = [])"}, "setuptools, extensions in setup.py"),
        ({"setup.py": "setup(cffi_modules=['x'])"}, "setuptools, extensions in setup.py"),
        ({"setup.py": "setup()", "pyproject.toml": '[build-system]\nbuild-backend = "hatchling.build"'}, ""),
        ({"pyproject.toml": "tool = 1\nbuild-system = []"}, ""),
        ({"pyproject.toml": "no TOML ["}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_what_compiles_is_named(files: dict[str, str], said: str) -> None:
    """In a word or two; what cannot be read says nothing."""

    def read(name: str) -> bytes | None:
        return files[name].encode() if name in files else None

    assert compiled_by(read) == said
