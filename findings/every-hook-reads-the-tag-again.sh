#!/bin/sh
# Tool: setuptools-scm 10.3.4 with setuptools 80.9.0, its hooks called as PEP 517 says, by pyproject-hooks 1.2.0.
#
# Behaviour: each of the three hooks that a build calls in the repository reads the version from git anew, also the two
# that are only asked which packages have to be installed before. hatch-vcs 0.5.0, on the same setuptools-scm, asks git
# in one of them: when it builds the sdist. The wheel is built from that sdist here, and neither asks then.
#
# One would have guessed: what has to be installed does not depend on the version, so that git is asked when the sdist
# is built, and only then.
#
# Why it matters to releases: a version from a tag costs a release six times as many questions with setuptools as with
# hatchling. And a tag that is made while a build runs counts from the next hook on: it has to be where nobody else makes
# any, and what was built has to be compared with what was planned.
#
# Seen: "setuptools-scm asks git 8 times in get_requires_for_build_sdist, 8 times in get_requires_for_build_wheel, 8
# times in build_sdist; hatch-vcs 4 times in build_sdist".
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
HOME=$work
export HOME
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check setuptools-scm==10.3.4 setuptools==80.9.0 hatch-vcs==0.5.0 \
    hatchling==1.28.0 pyproject-hooks==1.2.0 2>pip.log || { cat pip.log; exit 1; }

mkdir counted
cat >counted/git <<SH
#!/bin/sh
echo asked >>"$work/asked"
exec "$(command -v git)" "\$@"
SH
chmod +x counted/git

project() { # its folder, what it requires, its backend, the table that says where the version comes from
    git init --quiet --initial-branch=main "$1"
    cd "$1"
    git config user.name somebody
    git config user.email somebody@example.org
    mkdir -p src/demo
    echo '"""A demo."""' >src/demo/__init__.py
    printf '[build-system]\nrequires = [%s]\nbuild-backend = "%s"\n[project]\nname = "demo"\ndynamic = ["version"]\n%s\n' \
        "$2" "$3" "$4" >pyproject.toml
    git add --all .
    git commit --quiet --message begin
    git tag --annotate --message release v1.0.0
    cd ..
}

asking() { # the hooks that ask git; the wheel is built from the sdist, as build does it
    PATH=$work/counted:$PATH "$work/tools/bin/python" - "$work/$1" "$2" "$work/asked" <<'PY' 2>"$work/errors"
import pathlib, subprocess, sys, tarfile, tempfile
from pyproject_hooks import BuildBackendHookCaller

source, backend, asked = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
out = tempfile.mkdtemp(dir=pathlib.Path(source).parent)

def runner(command, cwd=None, extra_environ=None):
    import os
    subprocess.run(command, cwd=cwd, env={**os.environ, **(extra_environ or {})}, check=True, capture_output=True)

found = []
def call(name, folder, *words):
    asked.unlink(missing_ok=True)
    made = getattr(BuildBackendHookCaller(folder, backend, runner=runner), name)(*words)
    if asked.exists():
        found.append(f"{len(asked.read_text().splitlines())} times in {name}")
    return made

call("get_requires_for_build_sdist", source)
call("get_requires_for_build_wheel", source)
sdist = call("build_sdist", source, out)
with tarfile.open(pathlib.Path(out, sdist)) as archive:
    archive.extractall(out, filter="data")
call("build_wheel", str(pathlib.Path(out, sdist.removesuffix(".tar.gz"))), out)
print(*found, sep=", ")
PY
}

project scm '"setuptools", "setuptools-scm"' setuptools.build_meta '[tool.setuptools_scm]'
project vcs '"hatchling", "hatch-vcs"' hatchling.build '[tool.hatch.version]
source = "vcs"'
scm=$(asking scm setuptools.build_meta) || { cat "$work/errors"; exit 1; }
vcs=$(asking vcs hatchling.build) || { cat "$work/errors"; exit 1; }
echo "setuptools-scm asks git $scm; hatch-vcs $vcs"
every="get_requires_for_build_sdist get_requires_for_build_wheel build_sdist"
[ "$(echo "$scm $vcs" | sed 's/[0-9]* times in //g; s/,//g')" = "$every build_sdist" ] || { echo "changed: see above"; exit 1; }
