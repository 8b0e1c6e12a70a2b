#!/bin/sh
# Tool: setuptools 84.2.1, its hook get_requires_for_build_wheel called as PEP 517 says.
#
# Behaviour: where the project's metadata stand in pyproject.toml, each call of a hook imports every command that
# setuptools has, bdist_rpm and easy_install among them, and the module of each command that another package in the
# build environment registers (entry points "distutils.commands"). With the same metadata in setup.cfg it imports what
# it runs, and no more.
#
# One would have guessed: a command is imported when it is run, and where the metadata stand makes no difference to that.
#
# Why it matters to releases: moving the metadata from setup.cfg to pyproject.toml more than doubles what every hook
# imports, in each of the three to five hooks that a release calls; and it lets code of a package that only registers a
# command run in each of them. A tool that keeps one interpreter for all hooks saves half of their time.
#
# Seen: "metadata in setup.cfg: 28 modules, no rpm; in pyproject.toml: 77 modules, rpm and a stranger's command".
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
HOME=$work
export HOME
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check setuptools==84.2.1 2>pip.log || { cat pip.log; exit 1; }

site=$(tools/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo 'from setuptools import Command' >"$site/stranger.py"
echo 'class Nothing(Command): user_options = []' >>"$site/stranger.py"
mkdir "$site/stranger-1.dist-info"
printf 'Metadata-Version: 2.1\nName: stranger\nVersion: 1\n' >"$site/stranger-1.dist-info/METADATA"
printf '[distutils.commands]\nnothing = stranger:Nothing\n' >"$site/stranger-1.dist-info/entry_points.txt"

system='[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
mkdir -p cfg/demo table/demo
touch cfg/demo/__init__.py table/demo/__init__.py
# shellcheck disable=SC2059 # the line ends are meant
printf "$system" >cfg/pyproject.toml
printf '[metadata]\nname = demo\nversion = 1.0\n' >cfg/setup.cfg
# shellcheck disable=SC2059 # as above
printf "$system[project]\nname = \"demo\"\nversion = \"1.0\"\n" >table/pyproject.toml

asking() {
    (cd "$1" && "$work/tools/bin/python" - <<'PY'
import contextlib, io, sys
import setuptools.build_meta as backend

before = set(sys.modules)
with contextlib.redirect_stdout(io.StringIO()):
    backend.get_requires_for_build_wheel()
new = sys.modules.keys() - before
rpm = "rpm" if "setuptools.command.bdist_rpm" in new else "no rpm"
print(f"{len(new)} modules, {rpm}" + " and a stranger's command" * ("stranger" in new))
PY
    ) 2>>errors
}

cfg=$(asking cfg) || { cat errors; exit 1; }
table=$(asking table) || { cat errors; exit 1; }
echo "metadata in setup.cfg: $cfg; in pyproject.toml: $table"
case "$cfg|$table" in
*"no rpm|"*"rpm and a stranger's command") ;;
*) echo "changed: see above"; exit 1 ;;
esac
