#!/bin/sh
# Tool: calver 2025.10.20 with setuptools 80.9.0: "use_calver" in setup.py makes the version of the day.
#
# Behaviour: where SOURCE_DATE_EPOCH is set, the version is the date of that moment and not of today, in UTC. That variable
# says which time stamps a build may write, and tools that build reproducibly set it to the time of the commit.
#
# One would have guessed: the version of the day is today's in every build, and a variable about time stamps changes none of
# the names of the files.
#
# Why it matters to releases: `python -m build` and a tool that builds reproducibly make different versions of one commit,
# and the second one the same version each day until somebody commits: on the next day its release is refused, or its
# upload is skipped as one that is there already. What was built has to be compared with what was planned, and the plan has
# to be made with the same variable as the build.
#
# Seen: "without the variable: demo-2026.12.1; with a moment of 2020: demo-2020.9.13".
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
HOME=$work
export HOME
unset SOURCE_DATE_EPOCH
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check calver==2025.10.20 setuptools==80.9.0 2>pip.log || {
    cat pip.log
    exit 1
}

mkdir project
cat >project/setup.py <<'PY'
from setuptools import setup

setup(name="demo", use_calver="%Y.%m.%d", py_modules=[])
PY

built() {
    (cd project && "$work/tools/bin/python" - <<'PY'
import contextlib, io, tempfile
import setuptools.build_meta as backend

with contextlib.redirect_stdout(io.StringIO()):
    name = backend.build_wheel(tempfile.mkdtemp())
print("-".join(name.split("-")[:2]))
PY
    ) 2>errors
}

plain=$(built) || { cat errors; exit 1; }
set_to_2020=$(SOURCE_DATE_EPOCH=1600000000 built) || { cat errors; exit 1; }
echo "without the variable: $plain; with a moment of 2020: $set_to_2020"
case "$plain|$set_to_2020" in
demo-2020.*) echo "changed: see above"; exit 1 ;;
*"|demo-2020.9.13") ;;
*) echo "changed: see above"; exit 1 ;;
esac
