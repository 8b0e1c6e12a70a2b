"""The forms in which files spell a version, such as SemVer or a tuple: parses, compares and writes them."""

from itertools import zip_longest

from release_async.base.lazy_typing import TYPE_CHECKING, Callable, Final, StrEnum, pattern
from release_async.versions.pep440 import Pep440, parse

if TYPE_CHECKING:
    import re


class Form(StrEnum):
    """How the text of a place states a version."""

    PEP440 = "PEP 440"
    SEMVER = "SemVer"
    """``1.2.0-rc.1``, as npm and Cargo require."""
    MAVEN = "Maven"
    """``1.2.0-SNAPSHOT`` for any development release."""
    TUPLE = "tuple"
    """``(1, 2, 0, "dev0")`` or ``(1, 2, 0, "beta", 3)``: the whole version."""
    NUMBERS = "numbers"
    """Separate integers in separate places; their text is joined by commas."""
    SUFFIXED = "numbers and a suffix"
    """The same, or a string of the release, and last the rest: ``9, 17, 0, .dev``; nothing for a release."""
    RELEASE = "release part"
    """A tuple beside a version string: only its first numbers count."""
    SHORT = "short"
    """Possibly only the first one or two numbers: ``1.2`` of ``1.2.5``."""
    INCREMENTAL = "incremental"
    """The arguments ``17, 9, 0, release_candidate=1`` of the incremental library."""
    NORMAL = "normal form"
    """PEP 440 as written by a tool that always normalises."""
    CARET = "Cargo requirement"
    """The oldest version that Cargo takes of a crate in the same workspace."""
    YAML = "YAML"
    """A plain scalar: put in quotes where YAML would read a number."""
    DATE = "date"
    """Not a version, but the day of the release."""


class UnspellableError(ValueError):
    """A form cannot express a version; the message says why."""


def value(form: Form, text: str) -> Pep440 | None:
    """Parse a text in some form.

    Returns:
        The version; None if the text is no version in this form.
    """
    return parse(text) if form in _PLAIN else _READERS[form](text)


def agrees(form: Form, text: str, version: Pep440) -> bool:
    """Whether a text states a version, or the part of it that its form can express."""
    stated = value(form, text)
    if stated is None:
        return form is Form.DATE
    if form is Form.RELEASE:
        length = min(len(stated.release), max(_PARTS, len(version.release)))
        return _padded(version.release, length)[:length] == stated.release[:length]
    if form is Form.SHORT and _is_short(stated):
        return stated.release == _padded(version.release, _PARTS)[: len(stated.release)]
    if form is Form.CARET:
        return _caret_allows(stated, version)
    if form is Form.MAVEN and text.endswith(_SNAPSHOT):
        return version.dev is not None and version._replace(dev=0) == stated
    return stated == version or (form is Form.SEMVER and stated._replace(local=()) == version)


def respell(form: Form, text: str, version: Pep440) -> str:
    """Write another version in the form and style of ``text``.

    Raises:
        UnspellableError: The form cannot express this version.
    """
    return _WRITERS[form](text, version)


_PLAIN: Final = frozenset((Form.PEP440, Form.NORMAL))
_PARTS: Final = 3
_SNAPSHOT: Final = "-SNAPSHOT"
_SEMVER: Final = pattern(
    r"(?a)(?P<release>\d+\.\d+\.\d+)(?:-(?P<pre>(?P<word>alpha|beta|rc|a|b|c)(?P<dot>\.?)(?P<number>\d*))?"
    r"(?:(?:(?<=-)|\.)dev(?P<dev_dot>\.?)(?P<dev>\d*))?)?(?:\+(?P<local>[0-9A-Za-z.-]+))?"
)
_ELEMENT: Final = pattern(r"""(?a)(?:\w+[ \t]*=[ \t]*)?-?\d+|(["'])(?P<word>[\w.+-]*)\1""")
_KEYWORD: Final = pattern(r"(\w+)[ \t]*=[ \t]*(\d+)")
_DOTTED: Final = pattern(r"\s*v?(?:\d+!)?(\d+(?:\.\d+)*)")
_LEVELS: Final = {"alpha": "a", "a": "a", "beta": "b", "b": "b", "candidate": "rc", "rc": "rc", "c": "rc"}
_FINAL: Final = "final"
_VERSION_INFO_ITEMS: Final = 5
_KEYWORDS: Final = {"release_candidate": "rc", "post": "post", "dev": "dev"}
_WORDS: Final = {"a": "alpha", "b": "beta", "rc": "rc"}


def _padded(release: tuple[int, ...], length: int) -> tuple[int, ...]:
    return release + (0,) * (length - len(release))


def _caret_allows(stated: Pep440, version: Pep440) -> bool:
    """Whether Cargo takes a version for a requirement without a sign: equal up to the first number not 0."""
    lowest = _padded(stated.release, _PARTS)
    fixed = next((place for place, number in enumerate(lowest) if number), len(stated.release) - 1) + 1
    return lowest[:fixed] == _padded(version.release, _PARTS)[:fixed] and not version < stated


def _is_short(stated: Pep440) -> bool:
    return len(stated.release) < _PARTS and stated == Pep440(stated.release)


def _semver(text: str) -> Pep440 | None:
    """Parse SemVer that PEP 440 can express: other pre-releases and bare numbers cannot."""
    found = _SEMVER.fullmatch(text.strip())
    if found is None or text.rstrip().endswith("-"):
        return None
    pre = (_LEVELS[found["word"]], int(found["number"] or 0)) if found["word"] else None
    dev = None if found["dev"] is None else int(found["dev"] or 0)
    local = parse(f"0+{found['local']}") if found["local"] else Pep440((0,))
    if local is None:
        return None
    return Pep440(tuple(map(int, found["release"].split("."))), pre=pre, dev=dev, local=local.local)


def _maven(text: str) -> Pep440 | None:
    if not text.endswith(_SNAPSHOT):
        return parse(text)
    base = parse(text.removesuffix(_SNAPSHOT))
    return None if base is None else base._replace(dev=0)


def _elements(text: str) -> list[int | str]:
    """The items in the source of a tuple: integers and words."""
    items = (item for item in _ELEMENT.finditer(text) if "=" not in item[0])
    return [int(item[0]) if item["word"] is None else item["word"] for item in items]


def _tuple(text: str) -> Pep440 | None:
    items = _elements(text)
    if _is_version_info(items):
        level, serial = _LEVELS.get(str(items[3])), [*items, 0][4]
        release = parse(".".join(map(str, items[:3])))
        if release is None or not isinstance(serial, int):
            return None
        return release._replace(pre=(level, serial)) if level else release
    return parse(".".join(map(str, items)))


def _is_version_info(items: list[int | str]) -> bool:
    """Whether a tuple is made as ``sys.version_info`` is; some leave the serial away."""
    return len(items) in {_VERSION_INFO_ITEMS - 1, _VERSION_INFO_ITEMS} and items[3] in {*_LEVELS, _FINAL}


def _suffixed(text: str) -> Pep440 | None:
    *release, suffix = text.split(", ")
    return parse(".".join(release) + suffix)


def _leading_numbers(text: str) -> Pep440 | None:
    """The leading numbers of a tuple."""
    numbers: list[int] = []
    for item in _elements(text):
        if not isinstance(item, int) or item < 0:
            break
        numbers.append(item)
    return Pep440(tuple(numbers)) if numbers else None


def _incremental(text: str) -> Pep440 | None:
    numbers = Pep440(tuple(item for item in _elements(text) if isinstance(item, int)))
    given = dict(_KEYWORD.findall(text))
    if len(numbers.release) != _PARTS or not given.keys() <= _KEYWORDS.keys():
        return None
    spelled = "".join(f".{word}{given[key]}" for key, word in _KEYWORDS.items() if key in given)
    return parse(f"{numbers}{spelled}")


_READERS: Final[dict[Form, Callable[[str], Pep440 | None]]] = {
    Form.SEMVER: _semver,
    Form.MAVEN: _maven,
    Form.TUPLE: _tuple,
    Form.NUMBERS: _tuple,
    Form.SUFFIXED: _suffixed,
    Form.RELEASE: _leading_numbers,
    Form.SHORT: parse,
    Form.INCREMENTAL: _incremental,
    Form.CARET: parse,
    Form.YAML: parse,
    Form.DATE: lambda _: None,
}


def _to_pep440(text: str, version: Pep440) -> str:
    """The normal form, with numbers zero-padded as in the old text: ``2024.03.19``."""
    mark = text[:1] if text[:1] in {"v", "V"} else ""
    dotted = _DOTTED.match(text)
    old = dotted[1].split(".") if dotted else []
    if not any(number != "0" and number.startswith("0") for number in old):
        return f"{mark}{version}"
    widths = [len(number) for number in old] + [1] * len(version.release)
    padded = [str(number).zfill(width) for number, width in zip(version.release, widths, strict=False)]
    plain = ".".join(map(str, version.release))
    return mark + str(version).replace(plain, ".".join(padded), 1)


def _to_semver(text: str, version: Pep440) -> str:
    if version.epoch or version.post is not None or version.local or any(version.release[_PARTS:]):
        what = "post-release" if version.post is not None else "epoch, fourth number or local part"
        raise UnspellableError(f"SemVer has no {what}, so {version} cannot be written there")
    old = _SEMVER.fullmatch(text.strip())
    dot = old["dot"] if old and old["word"] else "."
    words = {"alpha", "beta"} if not (old and old["word"] in {"a", "b"}) else set()
    parts = []
    if version.pre:
        word = _WORDS[version.pre[0]] if words else version.pre[0]
        parts.append(f"{word}{dot}{version.pre[1]}")
    if version.dev is not None:
        dot = old["dev_dot"] if old and old["dev"] else dot
        parts.append(f"dev{dot}{version.dev}")
    release = ".".join(map(str, _padded(version.release, _PARTS)[:_PARTS]))
    return "-".join((release, ".".join(parts))) if parts else release


def _to_maven(_: str, version: Pep440) -> str:
    if version.dev is None:
        return str(version)
    return f"{version._replace(dev=None)}{_SNAPSHOT}"


def _to_tuple(text: str, version: Pep440) -> str:
    old = _elements(text)
    if _is_version_info(old):
        return _items(text, _version_info(old, version))
    quote = next((found[1] for found in _ELEMENT.finditer(text) if found[1]), '"')
    words = [f"{version.pre[0]}{version.pre[1]}"] if version.pre else []
    words += [f"post{version.post}"] if version.post is not None else []
    words += [f"dev{version.dev}"] if version.dev is not None else []
    if version.epoch:
        raise UnspellableError(f"a tuple has no epoch, so {version} cannot be written there")
    numbers = [str(number) for number in _padded(version.release, 2)]  # one item in parentheses is no tuple
    if old and isinstance(old[0], str):
        words, numbers = numbers + words, []
    return _items(text, [*numbers, *(f"{quote}{word}{quote}" for word in words)])


def _version_info(old: list[int | str], version: Pep440) -> list[str]:
    """The items of a tuple like ``sys.version_info``."""
    if version.epoch or version.post is not None or version.dev is not None or any(version.release[3:]):
        raise UnspellableError(f"three numbers, a level and a serial cannot express {version}")
    letter, serial = version.pre or ("", 0)
    words = {short: word for word, short in _LEVELS.items() if len(word) > 1 and short != "rc"}
    words["rc"] = "candidate" if old[3] == "candidate" else "rc"
    level = old[3] if _LEVELS.get(str(old[3])) == letter else words.get(letter, _FINAL)
    if len(old) < _VERSION_INFO_ITEMS and serial:
        raise UnspellableError(f"three numbers and a level cannot express {version}")
    numbers = map(str, _padded(version.release, _PARTS)[:_PARTS])
    return [*numbers, f'"{level}"', str(serial)][: len(old)]


def _to_numbers(text: str, version: Pep440) -> str:
    count = len(_elements(text))
    if len(version.release) > count or Pep440(version.release) != version:
        raise UnspellableError(f"{count} separate numbers cannot express {version}")
    return _items(text, [*map(str, _padded(version.release, count))])


def _to_suffixed(text: str, version: Pep440) -> str:
    if _suffixed(text) == version:
        return text
    count = text.count(", ")
    release = ".".join(map(str, version.release))
    if version.epoch or (count > 1 and len(version.release) > count):
        raise UnspellableError(f"{count} separate numbers and a suffix cannot express {version}")
    numbers = [release] if count == 1 else [*map(str, _padded(version.release, count))]
    return ", ".join((*numbers, str(version).removeprefix(release)))


def _to_release(text: str, version: Pep440) -> str:
    stated = _leading_numbers(text)
    length = min(len(stated.release) if stated else 0, max(_PARTS, len(version.release)))
    kept = [found[0] for found in _ELEMENT.finditer(text)][length:]
    return _items(text, [*map(str, _padded(version.release, length)[:length]), *kept])


def _to_short(text: str, version: Pep440) -> str:
    stated = parse(text)
    if stated is None or not _is_short(stated):
        return _to_pep440(text, version)
    return ".".join(map(str, _padded(version.release, len(stated.release))[: len(stated.release)]))


_NUMBER: Final = pattern(r"[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def _to_yaml(text: str, version: Pep440) -> str:
    """A plain scalar, in quotes where YAML would read another number: ``1.10`` is 1.1 (YAML 1.2, 10.3.2)."""
    spelled = _to_pep440(text, version)
    is_same = not _NUMBER.fullmatch(spelled) or spelled in {str(int(float(spelled))), str(float(spelled))}
    return spelled if is_same else f'"{spelled}"'


def _to_incremental(text: str, version: Pep440) -> str:
    if version.epoch or any(version.release[_PARTS:]) or (version.pre and version.pre[0] != "rc"):
        raise UnspellableError(f"incremental cannot express {version}")
    given = {"release_candidate": version.pre and version.pre[1], "post": version.post, "dev": version.dev}
    words = [f"{key}={number}" for key, number in given.items() if number is not None]
    return _items(text, [*map(str, _padded(version.release, _PARTS)[:_PARTS]), *words])


def _items(text: str, new: list[str]) -> str:
    """Replace the old items by new ones, and keep the text between them."""
    old = list(_ELEMENT.finditer(text))
    pieces, at = [], 0
    for found, item in zip_longest(old, new):
        if found is None:
            pieces.append(f", {item}")
        elif item is None:
            at = found.end()
        else:
            same = item.strip("\"'") == found[0].strip("\"'")
            pieces += [text[at : found.start()], found[0] if same else _quoted_as(found, item)]
            at = found.end()
    return "".join((*pieces, text[at:]))


def _quoted_as(old: "re.Match[str]", item: str) -> str:
    """A word in the same quotes as the one it replaces."""
    return f"{old[1]}{item[1:-1]}{old[1]}" if old[1] and item[0] in "\"'" else item


_WRITERS: Final[dict[Form, Callable[[str, Pep440], str]]] = {
    Form.PEP440: _to_pep440,
    Form.NORMAL: lambda _, version: str(version),
    Form.SEMVER: _to_semver,
    Form.MAVEN: _to_maven,
    Form.TUPLE: _to_tuple,
    Form.NUMBERS: _to_numbers,
    Form.SUFFIXED: _to_suffixed,
    Form.RELEASE: _to_release,
    Form.SHORT: _to_short,
    Form.INCREMENTAL: _to_incremental,
    Form.CARET: lambda text, version: text if agrees(Form.CARET, text, version) else _to_semver("", version),
    Form.YAML: _to_yaml,
}
