"""Runs the secret guards over the files that a commit changes. Its problems never show a secret.

Imports the standard library only.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from release_async.base.problems import Problem, Problems, refuse, warn
from release_async.guard import allowed_secrets, env_files as names, token_patterns as contents
from release_async.guard.token_patterns import SecretFinding
from release_async.repository.changed_files import LARGEST, ChangedFile, Staged
from release_async.versions.text_encoding import UnreadableError, decode, plain

Guard = Callable[[Staged, ChangedFile], Iterator[Problem]]
"""Checks one changed file."""


def check(commit: Staged, guards: Iterable[Guard]) -> Problems:
    """Check every file that a commit adds or changes.

    Args:
        commit: The next commit or an existing one; closed at the end.
        guards: The checks to run.

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
    """Secrets in added lines: a refusal, or a warning if the commit being replayed has them already."""
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
    """Lines of the list that are no hash. Their text is not shown, since it may be the secret itself."""
    for line in allowed.malformed:
        yield refuse(
            "no SHA-256 hash, which is 64 hexadecimal digits",
            where=f"{allowed_secrets.PATH}:{line}",
            cure=f"Correct it, then: git add {allowed_secrets.PATH}. Comments begin with #.",
        )


def _secret(path: str, finding: SecretFinding) -> Problem:
    listing = f"or list its hash in {allowed_secrets.PATH}, staged: {finding.digest}"
    return refuse(
        f"{finding.kind} ({finding.shown})",
        where=f"{plain(path)}:{finding.line}",
        cure=f"Remove it, then: git add {_quoted(path)}. If it ever left this machine, {finding.cure}.\n"
        f"If it may stay, mark its line: {contents.ALLOW}" + (f"\n{listing}" if finding.digest else ""),
    )


def _old_secret(path: str, finding: SecretFinding) -> Problem:
    return warn(
        f"{finding.kind} ({finding.shown}), as in the commit being replayed",
        where=f"{plain(path)}:{finding.line}",
        cure=f"It stays in the history until that is rewritten: {finding.cure}.",
    )


def _too_large(change: ChangedFile) -> Problem:
    return warn(
        f"larger than {LARGEST >> 20} MiB, so it was not searched for tokens",
        where=plain(change.path),
        cure="Look at it yourself if it could contain one.",
    )


def env_files(staged: Staged, change: ChangedFile) -> Iterator[Problem]:
    """Files for secrets, by name: a refusal, or a warning if the commit being replayed has them already.

    Raises:
        ConfigurationError: The project's ``env-examples`` is not a list of words.
    """
    if not names.is_secret(change.path) or not names.is_secret(change.path, _examples(staged)):
        return
    where = plain(change.path)
    if change.replayed_oid:
        yield warn(
            "a file for secrets, as in the commit being replayed",
            where=where,
            cure="It stays in the history until that is rewritten: revoke what it contains.",
        )
        return
    known = " Its earlier content stays in the history: revoke that." if change.old_oids else ""
    yield refuse(
        "a file for secrets",
        where=where,
        cure=f"git rm --cached -- {_quoted(change.path)}, and list it in .gitignore.{known}",
    )


def _examples(staged: Staged) -> tuple[str, ...]:
    """The setting ``env-examples`` in the commit's own ``pyproject.toml`` at the top."""
    content = staged.file("pyproject.toml") or b""
    if b"env-examples" not in content:
        return ()
    from release_async.versions.formats import toml  # noqa: PLC0415 - few commits have such a file

    try:
        document = toml.load(decode(content).text)
    except UnreadableError:
        return ()  # without the setting no further names are examples
    return names.examples(toml.table(document, "tool", "release-async").get("env-examples", []))


def _quoted(path: str) -> str:
    """A path, quoted for a shell."""
    from shlex import quote  # noqa: PLC0415 - nearly every commit passes

    return quote(plain(path))


GUARDS: Final[dict[str, Guard]] = {"no-publish-tokens": tokens, "no-env-files": env_files}
"""The guards by the names of their hooks."""
