"""A whole release: ours, the serial commands that it replaces, and other release tools, in turn.

    PYTHONPATH=tests python benchmarks/full_release.py [--rounds 7] [--only NAME]...

The reference project: setuptools, three seconds of tests that compute, three hundred commits, a bare remote
and a real pypiserver on this machine. Each tool has an environment, a clone and a remote of its own, made
anew for every run; what it has published, tagged and pushed is looked at after each. Ours is a wheel of this
clone, timed from the command to the branch that has landed: what follows only looks and clears up.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from hook import command, environment, inherited
from support import indexes
from support.repositories import Repository
from support.sample import PACKAGE, VERSION, VERSION_FILES, write_sample

TOP = Path(__file__).parents[1]
NEW = "2.0.1"
HISTORY = 300
SINCE = 10
"""Commits of the history that came after the last release."""
BAR = 0.65
NAIVE, NAIVE_UV = "the serial commands", "the same, --installer uv"
OURS, OURS_UV = "release-async", "release-async, with uv"
WITH_UV = frozenset((NAIVE_UV, "uv"))
"""Rows that install with uv; they are compared with ours where that has uv, too."""
TESTS, BUILD, UPLOAD = "tests", "build", "upload"
COMMON = (TESTS, BUILD, UPLOAD)
"""What every release has to do; the rest of its time is the tool's own."""


class Index(NamedTuple):
    """Where all of them upload to."""

    url: str
    user: str
    password: str
    packages: Path


@dataclass
class Place:
    """One run: a fresh clone with a fresh remote.

    Attributes:
        folder: Where both are.
        tools: Where the console scripts of its environment are.
        index: What it uploads to.
        spent: Seconds by what they were spent on.
    """

    folder: Path
    tools: Path
    index: Index
    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def clone(self) -> Path:
        """The working tree."""
        return self.folder / "project"

    def run(self, part: str, *words: str, **environ: str) -> None:
        """Run one command of a release, and note how long it took."""
        started = time.perf_counter()
        done = subprocess.run(
            words,
            cwd=self.clone,
            env=self.environ | environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        self.spent[part] += time.perf_counter() - started
        if done.returncode:
            raise OSError(f"{' '.join(words)}: {(done.stdout + done.stderr).strip()[-2000:]}")

    @property
    def environ(self) -> dict[str, str]:
        """A person's, with the tools of this row first, and who may upload where twine looks for it."""
        return inherited() | {
            "PATH": os.pathsep.join((str(self.tools), os.environ["PATH"])),
            "VIRTUAL_ENV": str(self.tools.parent),
            "HOME": str(self.folder),
            "TWINE_REPOSITORY_URL": self.index.url,
            "TWINE_USERNAME": self.index.user,
            "TWINE_PASSWORD": self.index.password,
            "TWINE_NON_INTERACTIVE": "1",
            "SPENT": str(self.folder / "spent"),
        }

    def python(self, part: str, *words: str) -> None:
        """As `run`, a module of the row's environment."""
        self.run(part, str(self.tools / "python"), "-m", *words)

    def tool(self, part: str, name: str, *words: str, **environ: str) -> None:
        """As `run`, a console script of the row's environment."""
        self.run(part, str(self.tools / name), *words, **environ)

    def write(self, name: str, text: str) -> None:
        """A file of the clone, at its end where it is there already."""
        with (self.clone / name).open("a", encoding="utf-8") as file:
            file.write(text)

    def noted(self) -> None:
        """Take over what a tool's own hooks have noted, as ``WATCH`` does."""
        for line in (self.folder / "spent").read_text(encoding="utf-8").splitlines():
            part, seconds = line.split()
            self.spent[part] += float(seconds)


WATCH = """\
import os, subprocess, sys, time
started = time.perf_counter()
code = subprocess.run(sys.argv[2:], check=False).returncode
with open(os.environ["SPENT"], "a", encoding="utf-8") as file:
    print(sys.argv[1], time.perf_counter() - started, file=file)
sys.exit(code)
"""
"""Notes how long a command takes that a tool runs by itself."""

LAPS = """\
import os, time
last = 0.0
def lap(part):
    def noted(data):
        global last
        now = time.perf_counter()
        if part:
            with open(os.environ["SPENT"], "a", encoding="utf-8") as file:
                print(part, now - last, file=file)
        last = now
    return noted
checked_out, built, uploaded = lap(""), lap("build"), lap("upload")
"""
"""Notes what passes between these functions, where a tool works by itself and calls them in between."""


class Flow(NamedTuple):
    """One way to release.

    Attributes:
        needs: What its environment holds beside pytest.
        prepare: What it needs in the project, which is committed before the clock starts.
        release: The release.
    """

    needs: tuple[str, ...]
    prepare: Callable[[Place], None]
    release: Callable[[Place], None]


def looked(place: Place) -> None:
    """What a careful person types first."""
    place.run("git", "git", "fetch", "-q", "origin")
    place.run("git", "git", "status", "--porcelain")
    place.python(TESTS, "pytest", "-q")


def bumped(place: Place, *files: str) -> None:
    """The version, changed by hand in these files, and committed."""
    place.run("bump", "sed", "-i", f"s/{VERSION}/{NEW}/", *files)
    place.run("git", "git", "commit", "-q", "-am", f"release: v{NEW}")


def pushed(place: Place) -> None:
    """The tag, and both at the remote."""
    place.run("git", "git", "tag", "-a", "-m", f"v{NEW}", f"v{NEW}")
    place.run("git", "git", "push", "-q", "--atomic", "origin", "main", f"v{NEW}")


def built(place: Place) -> list[str]:
    """The paths of what was built."""
    return sorted(map(str, (place.clone / "dist").glob("sample?*")))


def serially(place: Place, *build: str) -> None:
    """One command after another, as the script did that this tool replaces."""
    looked(place)
    bumped(place, *VERSION_FILES)
    place.python(BUILD, "build", *build)
    place.tool("check", "twine", "check", *built(place))
    place.tool(UPLOAD, "twine", "upload", "--disable-progress-bar", *built(place))
    pushed(place)


def with_uv(place: Place) -> None:
    """Uv's own commands; it knows one of the three files."""
    looked(place)
    place.tool("bump", "uv", "version", "--bump", "patch", "--frozen")
    bumped(place, *VERSION_FILES[1:])
    place.tool(BUILD, "uv", "build", "-q")
    who = ("--username", place.index.user, "--password", place.index.password)
    place.tool(UPLOAD, "uv", "publish", "-q", "--publish-url", place.index.url, *who, *built(place))
    pushed(place)


def with_hatch(place: Place) -> None:
    """Hatch's own commands; it knows one of the three files."""
    looked(place)
    place.tool("bump", "hatch", "version", "patch")
    bumped(place, *VERSION_FILES[1:])
    place.tool(BUILD, "hatch", "build")
    who = ("-u", place.index.user, "-a", place.index.password)
    place.tool(UPLOAD, "hatch", "publish", "-n", "-r", place.index.url, *who, *built(place))
    pushed(place)


def tbump_settings(place: Place) -> None:
    """Tests before the commit, build and upload after the push."""
    watch = f"python {place.folder / 'watch.py'}"
    hooks = {
        "before_commit": (f"{watch} {TESTS} python -m pytest -q",),
        "after_push": (
            f"{watch} {BUILD} python -m build",
            f"{watch} check sh -c 'twine check dist/sample?*'",
            f"{watch} {UPLOAD} sh -c 'twine upload --disable-progress-bar dist/sample?*'",
        ),
    }
    files = "".join(f'[[file]]\nsrc = "{name}"\n' for name in VERSION_FILES)
    listed = "".join(
        f'[[{when}]]\nname = "hook {number}"\ncmd = "{words}"\n'
        for when, several in hooks.items()
        for number, words in enumerate(several)
    )
    git = 'message_template = "release: v{new_version}"\ntag_template = "v{new_version}"\n'
    version = f"[version]\ncurrent = \"{VERSION}\"\nregex = '(?P<a>\\d+)\\.(?P<b>\\d+)\\.(?P<c>\\d+)'\n"
    place.write("tbump.toml", f"{version}[git]\n{git}{files}{listed}")


def with_tbump(place: Place) -> None:
    """All of it is one command, and what its hooks run is noted by them."""
    place.run("git", "git", "fetch", "-q", "origin")
    place.tool("tbump", "tbump", NEW, "--non-interactive")
    place.noted()


def semantic_settings(place: Place) -> None:
    """The three files, and a build that is noted."""
    variables = json.dumps([f"{name}:{key}" for name, key in zip(VERSION_FILES[1:], _KEYS, strict=True)])
    build = f"python {place.folder / 'watch.py'} {BUILD} python -m build -q"
    place.write(
        "pyproject.toml",
        f"\n[tool.semantic_release]\nversion_toml = ['pyproject.toml:project.version']\n"
        f"version_variables = {variables}\nbuild_command = {json.dumps(build)}\n"
        "build_command_env = ['SPENT', 'VIRTUAL_ENV']\n"
        "[tool.semantic_release.remote]\nignore_token_for_push = true\n"
        f"url = 'file://{place.folder / 'remote.git'}'\n",
    )


_KEYS = ("version", "__version__")


def with_semantic_release(place: Place) -> None:
    """It bumps, builds, commits, tags and pushes; twine uploads. The version before is the last tag's."""
    looked(place)
    place.tool("semantic-release", "semantic-release", "version", "--patch", "--no-vcs-release")
    place.noted()
    place.tool(UPLOAD, "twine", "upload", "--disable-progress-bar", *built(place))


def zest_settings(place: Place) -> None:
    """A development version, which it makes the released one of, and the files without which it stops."""
    pyproject = place.clone / "pyproject.toml"
    stated, coming = (f'version = "{version}"' for version in (VERSION, f"{NEW}.dev0"))
    pyproject.write_text(pyproject.read_text().replace(stated, coming, 1))
    (place.clone / "CHANGELOG.md").write_text(f"# Changelog\n\n## {NEW} (unreleased)\n\n- A change.\n")
    (place.clone / "MANIFEST.in").write_text("include CHANGELOG.md\n")
    (place.folder / "laps.py").write_text(LAPS)
    hooks = {"after_checkout": "checked_out", "before_upload": "built", "after": "uploaded"}
    listed = "".join(f'"releaser.{when}" = ["laps.{name}"]\n' for when, name in hooks.items())
    place.write("pyproject.toml", f"\n[tool.zest-releaser]\nhook_package_dir = '{place.folder}'\n{listed}")


def with_zest(place: Place) -> None:
    """All but the tests is one command, which knows one of the three files; it always builds with pip."""
    looked(place)
    bumped(place, *VERSION_FILES[1:])
    temporary = str(place.folder)  # it leaves the clone there that it has built in
    place.tool("zest.releaser", "fullrelease", "--no-input", TMPDIR=temporary)
    place.noted()


def with_ours(place: Place) -> None:
    """Timed by its own events, as they come; the clock stops where the branch has landed."""
    started = time.perf_counter()
    process = subprocess.Popen(
        (str(place.tools / "release-async"), "--version", "patch", "--yes", "--output", "json"),
        cwd=place.clone,
        env=place.environ
        | {
            "PYPI_REPOSITORY_URL": place.index.url,
            "PYPI_USERNAME": place.index.user,
            "PYPI_API_TOKEN": place.index.password,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        lines = []
        for line in process.stdout or ():
            lines.append(line)
            event = json.loads(line)
            if event["event"] in {"check_finished", "step_finished"}:
                place.spent[event["name"]] += event["seconds"]
            if event["event"] == "step_finished" and event["name"] == "land":
                place.spent["landed"] = time.perf_counter() - started
    if process.returncode:
        raise OSError("".join(lines[-3:]))


def nothing(place: Place) -> None:
    """Nothing is needed in the project."""


FLOWS = {
    NAIVE: Flow(("build", "twine"), nothing, serially),
    NAIVE_UV: Flow(("build", "twine", "uv"), nothing, lambda place: serially(place, "--installer", "uv")),
    "uv": Flow(("uv",), nothing, with_uv),
    "hatch": Flow(("hatch",), nothing, with_hatch),
    "tbump": Flow(("tbump", "build", "twine"), tbump_settings, with_tbump),
    "python-semantic-release": Flow(
        ("python-semantic-release", "build", "twine"), semantic_settings, with_semantic_release
    ),
    # Without its "recommended" extra, which builds twice more to check what no other row does.
    "zest.releaser": Flow(("zest.releaser",), zest_settings, with_zest),
    OURS: Flow((), nothing, with_ours),
    OURS_UV: Flow(("uv",), nothing, with_ours),
}


@dataclass
class Bench:
    """What is released over and over.

    Attributes:
        folder: A temporary one.
        index: What all upload to.
        tools: The console scripts of each row, by its name.
    """

    folder: Path
    index: Index
    tools: dict[str, Path] = field(default_factory=dict)

    def place(self, name: str) -> Place:
        """A fresh clone and remote, prepared, and an empty index."""
        place = Place(self.folder / name.replace(" ", "-").replace(",", ""), self.tools[name], self.index)
        shutil.rmtree(place.folder, ignore_errors=True)
        shutil.copytree(self.folder / "template", place.folder / "project", symlinks=True)
        (place.folder / "watch.py").write_text(WATCH)
        (place.folder / ".gitconfig").write_text("[user]\n\tname = A Person\n\temail = person@example.com\n")
        repository = Repository(place.clone)
        FLOWS[name].prepare(place)
        repository.git("add", "--all")
        repository.git("commit", "--quiet", "--allow-empty", "--message", "prepare")
        repository.with_remote(place.folder / "remote.git")
        repository.git("push", "--quiet", "--tags")
        for old in self.index.packages.iterdir():
            old.unlink()
        return place

    def measured(self, name: str) -> dict[str, float]:
        """Seconds of one release, by what they were spent on, and in all.

        Raises:
            OSError: It did not end well, or is not out.
        """
        place = self.place(name)
        os.sync()
        started = time.perf_counter()
        FLOWS[name].release(place)
        whole = time.perf_counter() - started
        self.proven(name, place)
        return {"whole": whole, **place.spent}

    def proven(self, name: str, place: Place) -> None:
        """See that it is out: two files, and a tag that states the version, in the branch that was pushed.

        The branch itself may be at the next development version already.
        """
        files = sorted(path.name for path in self.index.packages.iterdir())
        if files != [f"{PACKAGE}-{NEW}-py3-none-any.whl", f"{PACKAGE}-{NEW}.tar.gz"]:
            raise OSError(f"{name} has published {files}")
        remote = Repository(place.folder / "remote.git")
        tags = remote.git("tag", "--list", "--merged", "main").split()
        new = [tag for tag in tags if tag.removeprefix("v") == NEW]
        if len(new) != 1:
            raise OSError(f"{name} has pushed a branch with the tags {tags}")
        stated = tomllib.loads(remote.git("show", f"{new[0]}:pyproject.toml"))["project"]["version"]
        if stated != NEW:
            raise OSError(f"{name} has tagged {stated}")


def main(rounds: int, only: list[str]) -> int:
    """Release in turn, in an order that rotates; 1 where the bar is missed."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        account = indexes.credentials()
        with indexes.pypiserver(folder / "packages", account) as url:
            index = Index(url, account.user, account.secret.reveal(), folder / "packages")
            bench = Bench(folder, index)
            template(folder / "template")
            wanted = (NAIVE, OURS, OURS_UV, *only) if only else FLOWS
            missing = installed(bench, [name for name in FLOWS if name in wanted])
            taken = in_turn(bench, rounds, missing)
    report(taken, missing)
    return judged(taken)


def template(path: Path) -> None:
    """The reference project with its history."""
    write_sample(path, test_seconds=3.0, computing=True)
    repository = Repository.init(path)
    for key, value in (("user.name", "A Person"), ("user.email", "person@example.com"), ("gc.auto", "0")):
        repository.git("config", key, value)
    repository.commit("begin")
    for number in range(HISTORY):
        repository.git("commit", "--quiet", "--allow-empty", "--message", f"fix: change {number}")
    repository.git("tag", "--annotate", "--message", f"v{VERSION}", f"v{VERSION}", f"HEAD~{SINCE}")


def installed(bench: Bench, names: list[str]) -> dict[str, str]:
    """An environment for each row; what could not be installed, and why."""
    missing = {}
    out = bench.folder / "dist"
    command(sys.executable, "-m", "build", "--wheel", "--installer=uv", "--outdir", out, TOP)
    [wheel] = out.glob("*.whl")
    for name in names:
        needs = (*FLOWS[name].needs, *([str(wheel)] if name in {OURS, OURS_UV} else []))
        try:
            place = bench.folder / "environments" / name.replace(" ", "-")
            python = environment(place, "pytest", *needs)
            bench.tools[name] = python.parent
        except OSError as error:
            missing[name] = str(error).splitlines()[-1]
    return missing


def in_turn(bench: Bench, rounds: int, missing: dict[str, str]) -> dict[str, list[dict[str, float]]]:
    """What every release took; the first round only warms caches, and shows which tools cannot do it here."""
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in bench.tools}
    for number in range(rounds + 1):
        order = [*bench.tools]
        order = order[number % len(order) :] + order[: number % len(order)]
        for name in order:
            try:
                seconds = bench.measured(name)
            except OSError as error:
                if number or name in {NAIVE, OURS, OURS_UV}:
                    raise
                missing[name] = str(error).splitlines()[-1].strip()
                del bench.tools[name], taken[name]
                continue
            if number:
                taken[name].append(seconds)
        print(f"round {number} of {rounds}", file=sys.stderr)
    return taken


def span(one: dict[str, float]) -> float:
    """What counts of a release: for ours until the branch has landed."""
    return one.get("landed", one["whole"])


def ratios(taken: dict[str, list[dict[str, float]]], name: str, other: str) -> list[float]:
    """One against another, round by round."""
    return [span(a) / span(b) for a, b in zip(taken[name], taken[other], strict=True)]


def report(taken: dict[str, list[dict[str, float]]], missing: dict[str, str]) -> None:
    """The table: medians, and each tool's own time apart from tests, build and upload."""
    head = ("", "median", "least", "most", "x serial", *COMMON, "own")
    print(f"{head[0]:28}" + "".join(f"{cell:>10}" for cell in head[1:]))
    for name, several in taken.items():
        spans = [span(one) for one in several]
        parts = [statistics.median(one.get(part, 0.0) for one in several) for part in COMMON]
        own = statistics.median(span(one) - sum(one.get(part, 0.0) for part in COMMON) for one in several)
        cells = (statistics.median(spans), min(spans), max(spans))
        ratio = statistics.median(ratios(taken, name, NAIVE))
        print(f"{name:28}" + "".join(f"{cell:10.2f}" for cell in (*cells, ratio, *parts, own)))
    for name, why in missing.items():
        print(f"{name:28}{'missing':>10}: {why}")
    for name in (OURS, OURS_UV):
        inside(name, taken[name])


def inside(row: str, several: list[dict[str, float]]) -> None:
    """What ours spends its time on, and what comes after the branch has landed."""
    names = [name for name in several[0] if name not in {"whole", "landed"}]
    print(f"\ninside {row}, checks at once and then the steps (medians):")
    for name in sorted(names, key=lambda part: -statistics.median(one.get(part, 0.0) for one in several)):
        print(f"  {name:26}{statistics.median(one.get(name, 0.0) for one in several):10.2f}")
    after = statistics.median(one["whole"] - one["landed"] for one in several)
    print(f"  {'after the branch has landed':26}{after:9.2f}")


def judged(taken: dict[str, list[dict[str, float]]]) -> int:
    """The bars: against the serial commands, and against every other tool."""
    against = statistics.median(ratios(taken, OURS, NAIVE))
    held = against <= BAR
    print(
        f"\nours against the serial commands: {against:.2f}x, at most {BAR:.2f}x: {'yes' if held else 'no'}"
    )
    for name in (name for name in taken if name not in {OURS, OURS_UV, NAIVE}):
        ours = OURS_UV if name in WITH_UV else OURS
        ratio = statistics.median(ratios(taken, ours, name))
        held &= ratio < 1
        print(f"{ours} against {name}: {ratio:.2f}x, less than 1: {'yes' if ratio < 1 else 'no'}")
    return 0 if held else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", action="append", default=[], choices=FLOWS)
    options = parser.parse_args()
    raise SystemExit(main(options.rounds, options.only))
