"""Git knows who commits: the release commit and the tag carry a name that the person has chosen."""

from release_async.base.problems import NotJudged, Problems, refuse, warn
from release_async.plan.plan import Plan
from release_async.process.run_process import Completed
from release_async.run.context import Context
from release_async.versions.tag_history import TagKind

TITLE = "Commit identity"
LONG = False

# Without --global, since what this repository says itself would overrule that.
_CURE = 'git config user.name "Your Name" && git config user.email you@example.com'


async def run(plan: Plan, context: Context) -> Problems | NotJudged:
    """Refuse where git would not commit; warn where it would under a name that it has made up."""
    named = any(package.tag and package.tag_kind != TagKind.LIGHTWEIGHT.value for package in plan.packages)
    if not (plan.makes_commit or named):
        return NotJudged("the tag bears no name" if plan.tags else "neither a commit nor a tag is made")
    for role in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        if await _is_chosen(role, context):
            continue
        answer = await context.git.once("var", role)
        if not answer.ok:
            return (refuse("git does not know who commits", cure=_CURE, detail=_last_line(answer)),)
        who = answer.stdout.rpartition(">")[0]
        return (warn(f"git has made up who commits from this machine: {who}>", cure=_CURE),)
    return ()


def _last_line(answer: Completed) -> str:
    """Git's reason, below the page of advice that the cure is the short form of."""
    return answer.stderr.strip().rpartition("\n")[2]


async def _is_chosen(role: str, context: Context) -> bool:
    """Whether git could say it without guessing (git-config, user.useConfigOnly); $EMAIL is no guess."""
    chosen = [("user.useConfigOnly", "true")]
    if email := context.git.env.get("EMAIL"):
        chosen.append(("user.email", email))
    return (await context.git.at(context.git.root, *chosen).run("var", role)).ok
