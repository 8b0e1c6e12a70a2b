"""The version tags of a project: which is the last, how its name is spelled, what is made like it. Pure."""

import re
from collections import Counter

from release_async.base.lazy_typing import Final, NamedTuple, Sequence, StrEnum
from release_async.versions.import_packages import normalised
from release_async.versions.pep440 import Pep440, parse
from release_async.versions.tag_form import Member
from release_async.versions.tag_rules import TaggedVersion, TagRules

PLACE: Final = "{version}"
_RECENT: Final = 12
"""So many tags are looked at to see what form a project gives its tags today."""


class TagKind(StrEnum):
    """What a tag is to git."""

    ANNOTATED = "annotated"
    SIGNED = "signed"
    LIGHTWEIGHT = "lightweight"


class Tag(NamedTuple):
    """One tag of a repository that leads to a commit HEAD goes back to.

    Attributes:
        name: Its name, without ``refs/tags/``.
        commit: The object id of the commit.
        kind: What it is to git.
        made: When it was made, or for a lightweight one its commit, in seconds since the epoch.
    """

    name: str
    commit: str
    kind: TagKind = TagKind.ANNOTATED
    made: int = 0


class TagHistory(NamedTuple):
    """What the tags of a repository say about one project.

    Attributes:
        rules: How the project's tool reads them.
        last: The last tag of a release; None where there is none.
        version: Its version.
        distance: The number of commits since then, or of all where there is no such tag; 0 until it is asked.
        form: The form of the tags, with ``{version}`` in place of the version; empty where there is none.
        spellings: The versions as recent tags spell them, the latest first.
        kind: What the recent tags are to git.
        here: The version tags on HEAD itself, of the project's own form or not.
    """

    rules: TagRules
    last: Tag | None = None
    version: Pep440 | None = None
    distance: int = 0
    form: str = ""
    spellings: tuple[str, ...] = ()
    kind: TagKind = TagKind.ANNOTATED
    here: tuple[Tag, ...] = ()

    @property
    def current(self) -> str:
        """The last version in its normal form; empty where there is none."""
        return str(self.version or "")


class _Read(NamedTuple):
    """A tag, and what the tool takes it for."""

    tag: Tag
    found: TaggedVersion

    @property
    def form(self) -> str:
        """Its name with a placeholder for the version."""
        return self.tag.name[: self.found.start] + PLACE + self.tag.name[self.found.end :]

    @property
    def text(self) -> str:
        """The version as it is spelled there."""
        return self.tag.name[self.found.start : self.found.end]


def history(rules: TagRules, tags: Sequence[Tag], head: str, member: Member) -> TagHistory:
    """What the tags say of a project; the distance is not known here.

    Args:
        rules: How the project's tool reads tags.
        tags: The tags that HEAD goes back to, in any order.
        head: The object id of HEAD.
        member: The project. Where it shares its repository, tags with its name are its own, if there are any.
    """
    read = [_Read(tag, found) for tag in tags if (found := rules.read(tag.name))]
    own = _own(sorted(read, key=lambda each: (each.tag.made, each.found.version)), member)
    here = tuple(each.tag for each in read if each.tag.commit == head)
    if not own:
        return TagHistory(rules, here=here)
    last = max(own[-_RECENT:], key=lambda each: (each.found.version, each.tag.made))
    return TagHistory(
        rules,
        last.tag,
        last.found.version,
        form=last.form,
        spellings=tuple(each.text for each in reversed(own)),
        kind=last.tag.kind,
        here=here,
    )


def _own(read: list[_Read], member: Member) -> list[_Read]:
    """The tags of the project's own releases: those of the form that most of the recent ones have.

    ``nightly-2026`` among ``v1.2.0`` and ``v1.3.0`` is an event, although some tools take it for a version. A
    version far back may be higher than all recent ones: ``2013.1``, before the project numbered anew.
    """
    named = [each for each in read if _names(each.form, member.name)]
    among = named if named and not member.alone else read
    forms = Counter(each.form for each in among[-_RECENT:])
    form = max(reversed(forms), key=forms.__getitem__, default="")
    return [each for each in among if each.form == form]


def _names(form: str, name: str) -> bool:
    before = re.sub(r"(?:[-_@/]v?|==)$", "", form.partition(PLACE)[0])
    return bool(before) and normalised(before) == normalised(name)


def form_of(found: TagHistory, member: Member) -> str:
    """The form of the project's tags; before the first, one that its tool reads as a version.

    Args:
        found: What the tags say of the project.
        member: The project; one that shares its repository gets its name into its tags.
    """
    if found.form:
        return found.form
    name = normalised(member.name).replace("_", "-")
    prefix = found.rules.prefix
    forms = [f"{prefix}{PLACE}", f"{prefix}v{PLACE}"] if prefix else [f"v{PLACE}", PLACE]
    named = [] if member.alone or prefix else [f"{name}-v{PLACE}", f"{name}-{PLACE}"]
    return next((form for form in (*named, *forms) if _is_read(found.rules, form)), forms[0])


def _is_read(rules: TagRules, form: str) -> bool:
    found = rules.read(form.replace(PLACE, "1.2.3"))
    return found is not None and str(found.version) == "1.2.3"


def spelled(version: str, spellings: Sequence[str]) -> str:
    """A version as the project's tags would spell it: with zeros before days, or a sign before ``rc``.

    Args:
        version: In its normal form.
        spellings: How recent tags spell theirs, the latest first.
    """
    wanted = parse(version)
    for made in (_padded(version, spellings), _separated(version, spellings)):
        if made != version and parse(made) == wanted:
            return made
    return version


def _padded(version: str, spellings: Sequence[str]) -> str:
    """With a zero before each number that recent tags write with one, as in ``2026.01.05``."""
    released = [re.match(r"[\d.]+", text) for text in spellings[:_RECENT]]
    numbers = [found[0].rstrip(".").split(".") for found in released if found]
    own = re.match(r"[\d.]+", version)
    if own is None:
        return version
    widths = [
        max((len(each[at]) for each in numbers if len(each) > at and each[at].startswith("0")), default=0)
        for at in range(len(own[0].split(".")))
    ]
    padded = [
        part.zfill(width if width > 1 else 0) for part, width in zip(own[0].split("."), widths, strict=True)
    ]
    return ".".join(padded) + version[own.end() :]


_PRE: Final = re.compile(
    r"(?P<release>\d[\d.]*?)(?P<before>[-_.]?)(?P<letters>[a-z]+)(?P<between>[-_.]?)(?P<number>\d+)"
)


def _separated(version: str, spellings: Sequence[str]) -> str:
    """With the signs that the last tag of such a version has: ``1.0.0-rc.1`` for ``1.0.0rc1``."""
    own = _PRE.fullmatch(version)
    if own is None:
        return version
    wanted = parse(version)
    for text in spellings:
        found, other = _PRE.fullmatch(text), parse(text)
        same = other and wanted and other.pre and wanted.pre and other.pre[0] == wanted.pre[0]
        if found and same:
            middle = found["before"] + found["letters"] + found["between"]
            return own["release"] + middle + own["number"]
    return version
