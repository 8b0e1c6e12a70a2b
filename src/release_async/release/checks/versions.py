"""Every place that states the version says the same thing, and the new version is a step forward."""

from release_async.base.problems import Problems, refuse
from release_async.plan.plan import Plan
from release_async.run.context import Context
from release_async.versions import compare, edit
from release_async.versions.pep440 import parse

TITLE = "Versions agree"
LONG = False


async def run(plan: Plan, context: Context) -> Problems:
    """Refuse sites that disagree or are not PEP 440, and a new version that is not greater than HEAD's."""
    stated = () if context.distribution.tag_tool else edit.obstacles(context.distribution)
    return (*compare.compare(context.distribution), *stated, *_not_greater(plan))


def _not_greater(plan: Plan) -> Problems:
    current, new = parse(plan.current), parse(plan.version)
    if current is None or new is None or new > current:
        return ()
    what = f"{plan.version} is not greater than {plan.current}, which HEAD states already"
    return (refuse(what, cure="choose a greater version: --version patch, minor or major"),)
