#!/bin/sh
# Tools: hatchling 1.33.0, flit_core 4.2.0, pdm-backend 2.5.0, setuptools 80.9.0, uv_build 0.13.6, poetry-core 2.5.0.
#
# Behaviour: a package has a committed symbolic link, src/demo/again.py, to the module beside it. Six backends make three
# things of it. hatchling, flit_core and pdm-backend put a link into the sdist; setuptools and uv_build a copy of the
# module; poetry-core leaves it out of the sdist and of the wheel, and ends with 0 without a word. All others have the
# module demo/again.py in the wheel.
#
# One would have guessed: whatever is in the package is in the wheel, and an sdist holds files.
#
# Why it matters to releases: with poetry-core the release lacks a module that every test in the checkout imports; no
# gate that compares the wheel with the sdist can see it, since both lack it. And a gate that refuses every link in an
# sdist refuses what three backends make, and what public indexes have: a link within the sdist has to be let in.
#
# Seen: "flit_core: link, wheel yes; hatchling: link, wheel yes; pdm-backend: link, wheel yes; poetry-core: nothing, wheel
# no; setuptools: file, wheel yes; uv_build: file, wheel yes".
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
HOME=$work
export HOME
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check hatchling==1.33.0 flit_core==4.2.0 pdm-backend==2.5.0 \
    setuptools==80.9.0 uv_build==0.13.6 poetry-core==2.5.0 2>pip.log || { cat pip.log; exit 1; }
PATH=$work/tools/bin:$PATH
mkdir -p project/src/demo
cd project
git init --quiet --initial-branch=main
echo '"""A demo."""' >src/demo/__init__.py
echo 'x = 1' >src/demo/module.py
ln -s module.py src/demo/again.py
cat >../build.py <<'PYTHON'
import importlib, sys, tarfile, zipfile
from pathlib import Path

name, module = sys.argv[1:]
Path("pyproject.toml").write_text(
    f'[build-system]\nrequires = ["{name}"]\nbuild-backend = "{module}"\n'
    '[project]\nname = "demo"\nversion = "1.0"\ndescription = "A demo"\n'
)
backend, out = importlib.import_module(module), Path("..", name)
out.mkdir()
sdist = tarfile.open(out / backend.build_sdist(str(out)))
wheel = zipfile.ZipFile(out / backend.build_wheel(str(out)))
kinds = ["link" if member.issym() else "file" for member in sdist if member.name.endswith("/again.py")]
there = "demo/again.py" in wheel.namelist()
Path("..", "said").open("a").write(f"{name}: {kinds[0] if kinds else 'nothing'}, wheel {'yes' if there else 'no'}\n")
PYTHON
git add --all
git -c user.name=somebody -c user.email=somebody@example.org commit --quiet --message begin
while read -r name module; do
    python ../build.py "$name" "$module" >"../$name.log" 2>&1 || { cat "../$name.log"; exit 1; }
    rm -rf src/*.egg-info build .pdm-build
done <<'BACKENDS'
flit_core flit_core.buildapi
hatchling hatchling.build
pdm-backend pdm.backend
poetry-core poetry.core.masonry.api
setuptools setuptools.build_meta
uv_build uv_build
BACKENDS
seen=$(paste -s -d ';' ../said | sed 's/;/; /g')
echo "$seen"
[ "$seen" = "flit_core: link, wheel yes; hatchling: link, wheel yes; pdm-backend: link, wheel yes; poetry-core: nothing, \
wheel no; setuptools: file, wheel yes; uv_build: file, wheel yes" ] || { echo "changed: see above"; exit 1; }
