#!/bin/sh
# Tool: pdm 2.29.4 beside hishel 2.0.0, which pip chooses for it when both are newest.
#
# Behaviour: pdm requires hishel without an upper bound, and version 2 no longer has the class that pdm opens its
# cache with. pip and `pip check` find nothing wrong, `pdm --version` and an installation without dependencies end
# with 0; the first command that has to look at an index (`pdm lock` with one dependency) ends with an
# AttributeError about hishel. With hishel 1.4.0 the same command works.
#
# One would have guessed: a tool that installs in an empty environment, passes `pip check` and starts can do its work.
#
# Why it matters to releases: a release that makes a fresh environment and runs the tests with `pdm run` fails on the
# day on which hishel 2 appeared, with words that name neither the project nor the tests. To ask whether pdm is
# installed proves nothing; what `pdm run` ends with has to be told as pdm's own failure.
#
# Seen: "pip check: 0; with hishel 2.0.0: 1, module 'hishel' has no attribute 'SyncSqliteStorage'; with 1.4.0: 0".
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
HOME=$work
export HOME PDM_CHECK_UPDATE=false
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pdm==2.29.4 hishel==2.0.0 2>pip.log || { cat pip.log; exit 1; }
checked=0
tools/bin/pip --disable-pip-version-check check >/dev/null 2>&1 || checked=$?
mkdir project
cat >project/pyproject.toml <<'TOML'
[project]
name = "demo"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["packaging"]
TOML
cd project

locked() {
    code=0
    ../tools/bin/pdm lock >"$work/said" 2>&1 || code=$?
}

locked
newest=$code
words=$(sed -n 's/^\[AttributeError\]: //p' "$work/said")
../tools/bin/pip install --quiet --disable-pip-version-check hishel==1.4.0 2>"$work/pip.log"
locked
echo "pip check: $checked; with hishel 2.0.0: $newest, $words; with 1.4.0: $code"
[ "$checked $code" = "0 0" ] && [ "$newest" != 0 ] && [ -n "$words" ] || { echo "changed: see $work/said"; exit 1; }
