"""Puts what a commit changes before the guards, and says as problems what they found: never a secret.

Imports the standard library only: it runs on git's door.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from release_async.base.problems import Problem, Problems, refuse, warn
from release_async.guard import allowed_secrets, env_files as names, tokens as contents
from release_async.guard.tokens import Finding
from release_async.repository.changed_files import LARGEST, ChangedFile, Staged
from release_async.versions.encoding import UnreadableError, decode, plain

Guard = Callable[[Staged, ChangedFile], Iterator[Problem]]
"""What looks at one changed file."""


def judge(commit: Staged, guards: Iterable[Guard]) -> Problems:
    """Look at every file that a commit adds or changes.

    Args:
        commit: The next one, or one that is made already; it is closed at the end.
        guards: What to look for.

    Raises:
        CommandError: git is missing, or refuses.
    """
    guards = tuple(guards)
    with commit:
        found = (
            problem for change in commit.changes() for guard in guards for problem in guard(commit, change)
        )
        return tuple(dict.fromkeys(found))


def tokens(staged: Staged, change: ChangedFile) -> Iterator[Problem]:
    """Secrets in added lines: refused, or a warning where a commit of old history is made anew with them."""
    new = staged.content(change.oid)
    if new is None:
        yield _too_large(change)
        return
    if change.path == allowed_secrets.PATH:
        yield from _malformed(allowed_secrets.read(new))
    found = contents.findings(change.path, new, _read(staged, change.old_oids))
    if not found:
        return
    allowed = allowed_secrets.read(staged.file(allowed_secrets.PATH) or b"")
    yield from _malformed(allowed)
    old = (*change.old_oids, change.replayed_oid) if change.replayed_oid else change.old_oids
    fresh = contents.findings(change.path, new, _read(staged, old)) if change.replayed_oid else found
    for finding in found:
        if finding.digest in allowed.hashes:
            continue
        yield _secret(change.path, finding) if finding in fresh else _old_secret(change.path, finding)


def _read(staged: Staged, oids: Sequence[str]) -> list[bytes]:
    return [content for oid in oids if (content := staged.content(oid)) is not None]


def _malformed(allowed: allowed_secrets.AllowedSecrets) -> Iterator[Problem]:
    """Lines of the list that hold no hash; what they hold is not shown, since it may be the secret itself."""
    for line in allowed.malformed:
        yield refuse(
            "no SHA-256 hash, which is 64 hexadecimal digits",
            where=f"{allowed_secrets.PATH}:{line}",
            cure=f"Correct {allowed_secrets.PATH}, then: git add {allowed_secrets.PATH}. Words begin with #.",
        )


def _secret(path: str, finding: Finding) -> Problem:
    listing = f"or list its hash in {allowed_secrets.PATH}, staged: {finding.digest}"
    return refuse(
        f"{finding.kind} ({finding.shown})",
        where=f"{plain(path)}:{finding.line}",
        cure=f"Take it out, then: git add {_typed(path)}. If it ever left this machine, {finding.cure}.\n"
        f"If it may stay, say so in its line: {contents.ALLOW}" + (f"\n{listing}" if finding.digest else ""),
    )


def _old_secret(path: str, finding: Finding) -> Problem:
    return warn(
        f"{finding.kind} ({finding.shown}), as in the commit that is made anew",
        where=f"{plain(path)}:{finding.line}",
        cure=f"It stays in history until that is rewritten: {finding.cure}.",
    )


def _too_large(change: ChangedFile) -> Problem:
    return warn(
        f"larger than {LARGEST >> 20} MiB, so it was not searched for tokens",
        where=plain(change.path),
        cure="Look at it yourself where it could hold one.",
    )


def env_files(staged: Staged, change: ChangedFile) -> Iterator[Problem]:
    """Files for secrets, by name: refused, or a warning where old history is made anew with them.

    Raises:
        ConfigurationError: The project's ``env-examples`` are no words.
    """
    if not names.is_secret(change.path) or not names.is_secret(change.path, _examples(staged)):
        return
    where = plain(change.path)
    if change.replayed_oid:
        yield warn(
            "a file for secrets, as in the commit that is made anew",
            where=where,
            cure="It stays in history until that is rewritten: revoke what it holds.",
        )
        return
    known = " What it held before stays in history: revoke that." if change.old_oids else ""
    yield refuse(
        "a file for secrets",
        where=where,
        cure=f"git rm --cached -- {_typed(change.path)}, and name it in .gitignore.{known}",
    )


def _examples(staged: Staged) -> tuple[str, ...]:
    """What the commit's own ``pyproject.toml`` at the top calls an example too."""
    content = staged.file("pyproject.toml") or b""
    if b"env-examples" not in content:
        return ()
    from release_async.versions.formats import toml  # noqa: PLC0415 - few commits hold such a name

    try:
        document = toml.load(decode(content).text)
    except UnreadableError:
        return ()  # what is not known to be an example is refused
    return names.examples(toml.table(document, "tool", "release-async").get("env-examples", []))


def _typed(path: str) -> str:
    """A path as a person types it in a shell."""
    from shlex import quote  # noqa: PLC0415 - nearly every commit passes

    return quote(plain(path))


GUARDS: Final[dict[str, Guard]] = {"no-publish-tokens": tokens, "no-env-files": env_files}
"""By the names of the hooks."""
