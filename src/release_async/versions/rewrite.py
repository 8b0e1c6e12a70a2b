"""Replaces one version token in one file's bytes and proves that nothing else changed. Writes no file."""

from release_async.errors import FailedError
from release_async.versions import ini, python, toml
from release_async.versions.site import Site
from release_async.versions.text import UnreadableError, decode, plain

_CONTENTS = {"toml": toml.contents, "cfg": ini.contents, "py": python.contents}


def rewrite(data: bytes, site: Site, new: str) -> bytes:
    """Replace the version that stands at a site.

    Args:
        data: The whole file in which the site was found.
        site: One place in it.
        new: The version to put there.

    Returns:
        The file with that one token replaced: line ends, quotes, comments and encoding stay.

    Raises:
        FailedError: The site is no single token, the file is not the one it was found in, or reading the
            result back does not prove that exactly this value changed.
    """
    if site.text == new:
        return data
    suffix = site.path.rpartition(".")[2]
    try:
        before = decode(data, cookie=suffix == "py")
        text = before.text[: site.start] + new + before.text[site.end :]
        old_contents, new_contents = _CONTENTS[suffix](before.text), _CONTENTS[suffix](text)
    except (UnreadableError, UnicodeEncodeError, KeyError) as error:
        raise _unproven(site, str(error)) from None
    if site.start < 0 or not _one_changed(old_contents, new_contents, (site.text, new)):
        raise _unproven(site, "the change would touch more, or something else, than this one value")
    return before.encoded(text)


def _one_changed(before: tuple[object, ...], after: tuple[object, ...], change: tuple[str, str]) -> bool:
    """Whether exactly one item differs, and it went from the old version to the new one."""
    pairs = zip(before, after, strict=False)
    differing = [pair for pair in pairs if pair[0] != pair[1]]
    return len(before) == len(after) and differing == [change]


def _unproven(site: Site, reason: str) -> FailedError:
    return FailedError(
        f"{plain(site.path)}:{site.line}: the version cannot be replaced safely: {reason}.",
        cure=f"Edit line {site.line} of {plain(site.path)} by hand.",
    )
