#!/bin/sh
# Tool: git (seen with 2.39.5).
#
# Behaviour: what `git remote get-url --push NAME` prints has been rewritten by url.*.pushInsteadOf already. Given
# back to git as an address (`git ls-remote ADDRESS`, `git fetch ADDRESS`), it is rewritten once more, by
# url.*.insteadOf. With fetches redirected to a mirror and pushes kept at the origin, as git-config(1) describes
# it, the question goes to the mirror.
#
# One would have guessed: an address that git itself prints as the one it pushes to leads there.
#
# Why it matters to releases: whoever looks at that address for the tag that was pushed looks into the mirror, which
# does not have it yet, and takes a release that is out for one that is not.
#
# Seen: "asked by its push address: 0 tags; where the push went: 1 tag".
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
HOME=$work
GIT_CONFIG_NOSYSTEM=1
export HOME GIT_CONFIG_NOSYSTEM
cd "$work"
git --version
git init -q --bare origin.git
git init -q project
cd project
git config user.name A
git config user.email a@example.com
git commit -q --allow-empty -m first
git remote add origin "$work/origin.git"
git push -q origin HEAD:refs/heads/main
git clone -q --bare "$work/origin.git" "$work/mirror.git"

git config "url.$work/mirror.git.insteadOf" "$work/origin.git"
git config "url.$work/origin.git.pushInsteadOf" "$work/origin.git"
git tag v1
git push -q origin v1

address=$(git remote get-url --push origin)
[ "$address" = "$work/origin.git" ] || { echo "changed: the push address is $address"; exit 1; }
asked=$(git ls-remote --tags "$address" | wc -l | tr -d ' ')
there=$(git --git-dir="$work/origin.git" tag | wc -l | tr -d ' ')
echo "asked by its push address: $asked tags; where the push went: $there tag"
[ "$asked $there" = "0 1" ] || { echo "changed: it is not rewritten again"; exit 1; }
