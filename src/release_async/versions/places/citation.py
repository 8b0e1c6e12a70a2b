"""Finds the version and date in ``CITATION.cff``, as one-line YAML scalars at the top level. Edits nothing.

Anything less simple (tags, anchors, several documents, duplicate keys) is reported as not checked.
"""

import re

from release_async.base.lazy_typing import Final, Iterator
from release_async.versions.distribution import Role, Site
from release_async.versions.formats import json
from release_async.versions.version_spellings import Form

NAME: Final = "CITATION.cff"

_SCALAR: Final = (
    r"^(?P<quote>[\"']?){key}(?P=quote):[ \t]+"
    r"(?:\"(?P<double>[^\"\\\r\n]*)\"|'(?P<single>[^'\r\n]*)'|(?P<plain>[^\s\"'&*!|>%@`#\[\]{{}},-][^\s#]*))"
    r"[ \t]*(?:(?<=[ \t])#[^\r\n]*)?\r?$"
)
_KEYS: Final = {
    key: (
        re.compile(_SCALAR.format(key=key), re.MULTILINE),
        re.compile(rf"^[\"']?{key}[\"']?[ \t]*:", re.MULTILINE),
    )
    for key in ("version", "date-released")
}
_DOCUMENT: Final = re.compile(r"\A\s*(?:#[^\n]*\n\s*)*(?:---[ \t\r]*\n)?(?P<rest>.*)\Z", re.DOTALL)
_ANOTHER: Final = re.compile(r"^(?:---|\.\.\.|\{|%)", re.MULTILINE)


def mirrors(path: str, text: str) -> Iterator[Site]:
    """The places of the version and of the release date."""
    if text.lstrip().startswith("{"):
        yield from _as_json(path, text)
        return
    rest = _DOCUMENT.match(text)
    several = rest is None or _ANOTHER.search(rest["rest"])
    for key, form in _stated(_KEYS["version"][1].search(text)):
        scalar, mention = _KEYS[key]
        mentions = mention.findall(text)
        found = scalar.search(text)
        if len(mentions) == 1 and found and not several:
            group = next(name for name in ("double", "single", "plain") if found[name] is not None)
            line = text.count("\n", 0, found.start()) + 1
            written = Form.YAML if group == "plain" and form is Form.PEP440 else form
            yield Site(path, line, Role.MIRROR, found[group], "", key, *found.span(group), written)
        elif mentions:
            at = mention.search(text)
            line = text.count("\n", 0, at.start()) + 1 if at else 1
            yield Site(path, line, Role.OPAQUE, note=f"{key} is no plain scalar on one line", key=key)


def _stated(version: object) -> tuple[tuple[str, Form], ...]:
    """What is looked for: a date alone, without a version, is that of the first release of all."""
    dated = (("date-released", Form.DATE),) if version else ()
    return (("version", Form.PEP440), *dated)


def _as_json(path: str, text: str) -> Iterator[Site]:
    """Read a file in JSON, which is YAML too."""
    document = json.load(text)
    for key, form in _stated(json.value(document, ("version",))):
        place = json.span(text, (key,))
        value = json.value(document, (key,))
        if place and isinstance(value, str) and text[place.start : place.end] == value:
            yield Site(path, place.line, Role.MIRROR, value, "", key, place.start, place.end, form)


def contents(text: str) -> tuple[object, ...]:
    """All content of a file as a flat sequence, to prove that an edit changed only one value.

    Quotes around a value are no content.
    """
    found = [site for site in mirrors("", text) if site.start >= 0]
    flat: list[object] = []
    at = 0
    for site in sorted(found, key=lambda each: each.start):
        quoted = text[site.start - 1] in "\"'" and text[site.end : site.end + 1] == text[site.start - 1]
        flat += [text[at : site.start - quoted], site.text]
        at = site.end + quoted
    return (*flat, text[at:])
