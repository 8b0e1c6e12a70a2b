"""Signing works, where the person signs: one real signature is made of nothing, in a repository of ours."""

import shlex
from dataclasses import replace

from release_async.base.problems import NotJudged, Problem, Problems, refuse
from release_async.external.git.git_commands import Git
from release_async.external.git.remote_errors import without_advice
from release_async.plan.plan import Plan
from release_async.process.run_process import Completed
from release_async.run.context import Context
from release_async.versions.tag_history import TagKind

TITLE = "Signing"
LONG = False
PATIENCE = 20.0
"""Seconds for one signature; a passphrase or a touch that nobody is asked for never comes."""

_UNLOCK = {
    "ssh": "unlock the key with ssh-add, or correct user.signingKey",
    "x509": "see that gpgsm has the key of user.signingKey",
    "openpgp": "see that gpg has the key of user.signingKey, and that gpg-agent knows its passphrase",
}


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Refuse where a commit or tag that is to be signed could not be.

    Raises:
        CommandError: There is no room for the throw-away repository.
    """
    what = [word for word, signed in (await _signed(plan, context)).items() if signed]
    if not what:
        return NotJudged("git is set to sign neither commits nor tags")
    if not (await context.git.once("var", "GIT_COMMITTER_IDENT")).ok:
        return NotJudged("git does not know who signs")  # which the check `identity` refuses
    tried = await _try(context)
    return () if tried.ok else (await _failed(" and ".join(what), tried, context),)


async def _signed(plan: Plan, context: Context) -> dict[str, bool]:
    """Which of what this release makes is to be signed (git-config, commit.gpgSign and tag.gpgSign)."""
    return {
        "commits": plan.makes_commit and await _is_on("commit.gpgSign", context.git),
        "tags": bool(plan.tags) and await _signs_tags(plan, context.git),
    }


async def _signs_tags(plan: Plan, git: Git) -> bool:
    """Whether the tag is to be signed: by git's configuration, or since the last tags of the project are."""
    kinds = {package.tag_kind for package in plan.packages}
    if TagKind.SIGNED.value in kinds:
        return True
    return TagKind.ANNOTATED.value in kinds and await _is_on("tag.gpgSign", git)


async def _is_on(key: str, git: Git) -> bool:
    return await git.configured(key, "bool") == "true"


async def _try(context: Context) -> Completed:
    """Sign an empty commit that nothing refers to, by the person's format, program and key."""
    alone = await context.git.isolated_repository(context.workspace.directory / "signing.git")
    tree = await alone.text("mktree")
    hasty = replace(alone, timeout=min(PATIENCE, alone.timeout))
    return await hasty.run("commit-tree", "-S", "-m", "a signature to see that it can be made", tree)


async def _failed(what: str, tried: Completed, context: Context) -> Problem:
    form = await context.git.configured("gpg.format") or "openpgp"
    ended = (
        f"took longer than {tried.command.timeout:g} s: it waits for somebody"
        if tried.timed_out
        else "failed"
    )
    unlock = _UNLOCK.get(form, "correct gpg.format")
    return refuse(
        f"you sign {what}, and a signature ({form}) {ended}",
        cure=f"{unlock}; see it work: {await _by_hand(form, context.git)}",
        detail=without_advice(tried.stderr),
    )


async def _by_hand(form: str, git: Git) -> str:
    """The command that shows a person the same; git before 2.42 keeps to itself what gpg says."""
    if form != "openpgp":
        return "git commit-tree -S -m test 'HEAD^{tree}'"
    program, key = await git.configured("gpg.program") or "gpg", await git.configured("user.signingKey")
    of_whom = f" --local-user {shlex.quote(key)}" if key else ""
    return f"echo test | {shlex.quote(program)} --clearsign{of_whom}"
