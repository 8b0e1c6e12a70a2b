"""Judges the core metadata of a built file by the rules of indexes. Reads no file, asks no network."""

from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from email.utils import parseaddr
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

_LONGEST_SUMMARY: Final = 512
_LONGEST_LABEL: Final = 32

Broken = tuple[str, str, str]
"""The name of a rule, what breaks it, and what to do."""


def parsed(content: bytes) -> Message:
    """The header fields of ``METADATA`` or ``PKG-INFO``."""
    return HeaderParser().parsestr(content.decode("utf-8", "replace"), headersonly=True)


def broken(metadata: Message) -> Iterator[Broken]:
    """What breaks a rule.

    Args:
        metadata: As ``parsed`` returns it.

    Yields:
        The name of the rule in ``table.RULES``, what was found, and what to do.
    """
    yield from _version(metadata)
    yield from _requirements(metadata)
    yield from _classifiers(metadata)
    yield from _license(metadata)
    yield from _summary(metadata)
    yield from _urls(metadata)
    yield from _addresses(metadata)


def texts(metadata: Message, name: str) -> list[str]:
    """All values of a field that may occur several times."""
    return [str(value).strip() for value in metadata.get_all(name) or ()]


def requirements(metadata: Message) -> frozenset[str]:
    """What a file requires, each requirement in its normal form."""
    return frozenset(_normal(text) for text in texts(metadata, "Requires-Dist"))


def _normal(text: str) -> str:
    try:
        return str(Requirement(text)).lower().replace("_", "-")
    except InvalidRequirement:
        return text


def _version(metadata: Message) -> Iterator[Broken]:
    try:
        local = Version(str(metadata["Version"])).local
    except InvalidVersion:
        return  # twine says so
    if local:
        what = f"has the version {metadata['Version']}, whose local part no public index accepts"
        yield "local-version", what, "release a version without a +: release-async --version VERSION"


def _requirements(metadata: Message) -> Iterator[Broken]:
    for text in texts(metadata, "Requires-Dist"):
        try:
            url = Requirement(text).url
        except InvalidRequirement:
            continue  # twine says so
        if url:
            name = text.partition("@")[0].strip()
            what = f"requires {name} by its address: {url}"
            yield "direct-reference", what, f"require a version of it instead: {name.split('[')[0]}>=1.0"


def _classifiers(metadata: Message) -> Iterator[Broken]:
    from trove_classifiers import classifiers, deprecated_classifiers  # noqa: PLC0415 - a thousand texts

    for text in texts(metadata, "Classifier"):
        if text.startswith("Private ::"):
            cure = "take the classifier out, or set PYPI_REPOSITORY_URL to an index of yours"
            yield "private", f"has the classifier {text!r}, which keeps a project out of public indexes", cure
        elif text in deprecated_classifiers:
            new = " and ".join(deprecated_classifiers[text]) or "none: take it out"
            yield (
                "classifier",
                f"has the classifier {text!r}, which is no longer accepted",
                f"write instead {new}",
            )
        elif text not in classifiers:
            cure = "correct it, or take it out; is it newer than this list: upgrade trove-classifiers"
            yield "classifier", f"has the classifier {text!r}, which is not known", cure


def _license(metadata: Message) -> Iterator[Broken]:
    if metadata["License"] and metadata["License-Expression"]:
        what = "has both License and License-Expression"
        yield "license-and-expression", what, 'keep the expression alone: license = "MIT"'


def _summary(metadata: Message) -> Iterator[Broken]:
    summary = str(metadata["Summary"] or "").strip()
    if len(summary) > _LONGEST_SUMMARY:
        what = f"has a summary of {len(summary)} characters, and the longest is {_LONGEST_SUMMARY}"
        yield "summary", what, "shorten the description; the rest is the readme's"


def _urls(metadata: Message) -> Iterator[Broken]:
    labelled = (text.partition(",") for text in texts(metadata, "Project-URL"))
    pairs = [(label.strip(), url.strip()) for label, _, url in labelled]
    pairs += [(name, text) for name in ("Home-page", "Download-URL") for text in texts(metadata, name)]
    for label, url in pairs:
        if url in {"", "UNKNOWN"} and label in {"Home-page", "Download-URL"}:
            continue
        if len(label) > _LONGEST_LABEL or not label:
            yield "project-url", f"labels a URL {label!r}", f"a label has 1 to {_LONGEST_LABEL} characters"
        if not _is_web_address(url):
            yield "project-url", f"has the URL {url!r}", "write a whole one: https://host/path"


def _addresses(metadata: Message) -> Iterator[Broken]:
    for name in ("Author-email", "Maintainer-email"):
        address = parseaddr(str(metadata[name] or ""))[1]  # the index reads the first one, too
        if address and (why := _why_no_address(address)):
            yield "email", f"has the {name} {address!r}: {why}", "write a whole address: name@host.example"


def _why_no_address(text: str) -> str:
    """Why it is no address of a person; empty where it is one."""
    import email_validator  # noqa: PLC0415 - slow to import, and many projects name no address

    try:
        email_validator.validate_email(text, check_deliverability=False)
    except email_validator.EmailNotValidError as error:
        return str(error).rstrip(".")
    return ""


def _is_web_address(text: str) -> bool:
    # Slow to import, and many projects name no address. It has no type hints.
    from rfc3986 import exceptions, uri_reference, validators  # type: ignore[import-untyped]  # noqa: PLC0415

    validator = validators.Validator().allow_schemes("http", "https").require_presence_of("scheme", "host")
    try:
        validator.check_validity_of("scheme", "host", "port", "path", "query").validate(
            uri_reference(text).normalize()
        )
    except (exceptions.ValidationError, ValueError):
        return False
    return True
