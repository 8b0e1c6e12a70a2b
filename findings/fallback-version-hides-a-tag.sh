#!/bin/sh
# Tool: setuptools-scm 10.3.4 with setuptools 80.9.0, for a project in a folder below the top of its repository.
#
# Behaviour: HEAD has the tag v2.0.0. Without `root` the tool does not look for the repository above the project's
# folder. With `fallback_version = "0.1.0"` the wheel is silently demo-0.1.0 and the build ends with 0; without it the
# same build fails and says why. With `root = "../.."` the wheel is demo-2.0.0.
#
# One would have guessed: a fallback is for a source archive without git. In a checkout whose HEAD has a version tag
# the tag counts, or the tool says that it found no repository.
#
# Why it matters to releases: a project that moves into packages/NAME of a larger repository, and has a fallback for
# its sdist, goes on building with exit code 0, and every release from then on has the version 0.1.0: the first one is
# uploaded under a wrong number, the second one is refused by the index. The tag has to be compared with what is built.
#
# Seen: "with a fallback: demo-0.1.0-py3-none-any.whl; without: LookupError; with root: demo-2.0.0-py3-none-any.whl".
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
HOME=$work
export HOME
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check setuptools-scm==10.3.4 setuptools==80.9.0 2>pip.log ||
    { cat pip.log; exit 1; }
git init --quiet --initial-branch=main repository
cd repository
git config user.name somebody
git config user.email somebody@example.org
mkdir -p packages/demo/src/demo
echo '"""A demo."""' >packages/demo/src/demo/__init__.py
cd packages/demo

project() { # the settings of setuptools-scm
    cat >pyproject.toml <<TOML
[build-system]
requires = ["setuptools", "setuptools-scm"]
build-backend = "setuptools.build_meta"
[project]
name = "demo"
dynamic = ["version"]
[tool.setuptools_scm]
$1
TOML
    git add --all .
    git commit --quiet --allow-empty --message "settings: $1"
    git tag --force --annotate --message release v2.0.0 >/dev/null
}

built() { # the name of the wheel, or the error that the build ends with
    "$work/tools/bin/python" -c 'import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))' \
        "$work" >"$work/said" 2>&1 || { sed -n 's/^\(LookupError\).*/\1/p' "$work/said" | tail -1; return; }
    tail -1 "$work/said"
    rm -rf build src/*.egg-info
}

project 'fallback_version = "0.1.0"'
fallback=$(built)
project ''
without=$(built)
project 'root = "../.."'
root=$(built)
echo "with a fallback: $fallback; without: $without; with root: $root"
[ "$fallback $without $root" = "demo-0.1.0-py3-none-any.whl LookupError demo-2.0.0-py3-none-any.whl" ] ||
    { echo "changed: see above"; cat "$work/said"; exit 1; }
