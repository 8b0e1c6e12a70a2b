"""A green run proves nothing: what is on the index is compared with what the run has built, file by file."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from release_async.plan.effect import Probed, State
from release_async.release import run_comparison
from release_async.release.run_comparison import Comparison
from support import github, matrix, published_runs
from support.published_runs import RUN, RUNS, VERSION, Published

FILES = {
    **{f"demo-{VERSION}-{tag}.whl": tag.encode() for tag in matrix.TAGS[:61]},
    f"demo-{VERSION}.tar.gz": b"source",
}
ARTIFACTS = f"{RUNS}/{RUN}/artifacts"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Published]:
    """A release of 62 files that its run has kept, each in an artifact of its own, and the index shows."""
    async with published_runs.published(tmp_path) as scene:
        scene.hub.workflow_runs = [scene.run(conclusion="success")]
        for name, content in FILES.items():
            scene.index.store(name, hashlib.sha256(content).hexdigest(), content)
        yield scene


async def found(scene: Published) -> Comparison:
    """What is found of the package."""
    scene.hub.requests.clear()
    published = await scene.as_published()
    return await run_comparison.compared(published)


async def test_what_the_run_has_built_is_what_is_there(scene: Published) -> None:
    """By one question for each page of artifacts, and one for each artifact; nothing of them stays here."""
    for tenth in range(6):
        part = {f"dist/{name}": FILES[name] for name in list(FILES)[tenth::6]}
        scene.hub.artifacts.keep(RUN, f"wheels-{tenth}", {**part, "log.txt": b"built"})
    seen = await found(scene)
    assert (seen.faults, seen.notes) == ([], [])
    paths = [path for _, path in scene.hub.requests]
    assert paths.count(ARTIFACTS) == 1
    assert sum(path.endswith("/zip") for path in paths) == 6
    assert len(FILES) == 62
    assert list(scene.context.workspace.directory.glob("compared*")) == []


async def test_what_differs_is_named(scene: Published) -> None:
    """Other bytes, two that are missing, one that was built twice, and one of another commit."""
    names = list(FILES)
    kept = dict(FILES)
    kept[names[3]] = b"other bytes"
    scene.hub.artifacts.keep(RUN, "wheels", kept)
    scene.hub.artifacts.keep(RUN, "wheels-again", {names[5]: b"built twice"})
    for name in names[:2]:
        del scene.index.files[name]
    seen = await found(scene)
    assert sorted(seen.faults) == sorted(
        [
            *(f"{name} on Example has other bytes than the run has built" for name in (names[3], names[5])),
            *(f"the run has built {name}, and Example lacks it" for name in names[:2]),
        ]
    )
    other = {"workflow_run": {"id": RUN, "head_sha": "0" * 40}}
    scene.hub.artifacts.keep(RUN, "stranger", {}, **other)
    assert "stranger was made of 000000000000, not of this" in (await found(scene)).faults


async def test_what_cannot_be_compared_is_said(scene: Published) -> None:
    """What is thrown away, what is no archive, what the run has not kept, and a version that is another."""
    names = list(FILES)
    scene.hub.artifacts.keep(RUN, "wheels", {name: FILES[name] for name in names[:50]})
    scene.hub.artifacts.keep(RUN, "old", {}, expired=True)
    scene.hub.artifacts.keep(RUN, "other", {"demo-9.9.tar.gz": b"of another version"})
    scene.hub.artifacts.keep_as_it_is(RUN, "text", b"no archive")
    seen = await found(scene)
    assert seen.faults == []
    assert seen.notes == [
        "text was not compared: it is damaged: File is not a zip file",
        "GitHub has thrown away what the run had kept: old",
        f"not compared with the run, which has not kept them: {', '.join(sorted(names[50:])[:5])} and 7 more",
    ]


async def test_the_step_ends_in_a_conflict_that_names_what_differs(scene: Published) -> None:
    """The page is not made; a question that GitHub does not answer is no fault, and is asked again."""
    scene.hub.artifacts.keep(RUN, "wheels", dict.fromkeys(list(FILES)[:2], b"other"))
    probed = await scene.compared()
    assert probed.state is State.CONFLICT
    assert probed.why.startswith("what is published is not what the run has built: ")
    assert probed.why.endswith("has other bytes than the run has built (and 1 more, see below)")
    assert len(probed.detail.splitlines()) == 2
    scene.hub.artifacts.kept.clear()
    assert await scene.compared() == Probed(State.DONE)
    scene.hub.faults["GET", ARTIFACTS] = [github.Fault(502)]
    with pytest.raises(Exception, match="asked for actions/runs/5/artifacts"):
        await scene.compared()
