"""Finds the version in ``project()`` of ``meson.build``, if it is a literal. Runs nothing."""

import re

from release_async.base.lazy_typing import Final
from release_async.versions.distribution import Role, Site

_PROJECT: Final = re.compile(r"^[ \t]*project[ \t]*\(", re.MULTILINE)
_TOKEN: Final = re.compile(
    r"#[^\n]*|'''.*?'''|'(?:[^'\\\n]|\\.)*'|[()\[\]{}]|\bversion[ \t]*:[ \t]*(?=(?P<next>.))", re.DOTALL
)
_STRING: Final = re.compile(r"'(?P<text>[^'\\\n]*)'(?=[ \t\r\n]*[,)#])")


def stated(path: str, text: str) -> Site | None:
    """The place of the project's version.

    Returns:
        A mirror, or an opaque place if it is computed; None if there is none.
    """
    begin = _PROJECT.search(text)
    depth = 1
    for token in _TOKEN.finditer(text, begin.end()) if begin else ():
        sign = token[0][0]
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0:
            return None
        if token["next"] and depth == 1:
            return _site(path, text, token.end())
    return None


def _site(path: str, text: str, at: int) -> Site:
    line = text.count("\n", 0, at) + 1
    literal = _STRING.match(text, at)
    if literal is None:
        return Site(path, line, Role.OPAQUE, note="meson.build computes the version", key="project(version:)")
    return Site(path, line, Role.MIRROR, literal["text"], "", "project(version:)", *literal.span("text"))
