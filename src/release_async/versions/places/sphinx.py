"""Finds ``release`` and ``version`` in a Sphinx ``conf.py``, if they are literals. Never runs it."""

from release_async.base.lazy_typing import Final, Iterator
from release_async.versions.distribution import Role, Site
from release_async.versions.formats.python import statements
from release_async.versions.places.declared_metadata import site_from_statement
from release_async.versions.version_spellings import Form

PATHS: Final = ("docs/conf.py", "doc/conf.py", "docs/source/conf.py", "doc/source/conf.py")
"""The usual paths, relative to the project."""


def mirrors(path: str, text: str) -> Iterator[Site]:
    """The places that state the version.

    Raises:
        UnreadableError: The file can be neither parsed nor split into tokens.
    """
    for each in statements(text, ("release", "version")):
        if each.value is None or each.nested or each.form is not Form.PEP440 or not each.value.strip():
            yield site_from_statement(path, each._replace(value=None), Role.DERIVED)
            continue
        form = Form.SHORT if each.key == "version" else Form.PEP440
        site = site_from_statement(path, each, Role.MIRROR)._replace(form=form)
        if site.version is None:
            note = "no PEP 440 version, so probably a name"
            site = site._replace(role=Role.OPAQUE, note=note)
        yield site
