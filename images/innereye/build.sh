#!/usr/bin/env bash
# Builds the training image with Docker, trains and scores in it without a network, and pushes it:
#
#   build.sh <registry>/<name>           prints the name with its digest, for the input image of train
#   build.sh --keep <name>               builds and tries, pushes nothing
#
# Docker must be logged in at the registry. PIP_INDEX_URL may name a mirror of the package index, also
# with a login: it goes in as a secret. INNEREYE_REPOSITORY and INNEREYE_COMMIT may name another place of
# the sources; their files must be the ones of source.sha256 all the same. More arguments go to
# `docker buildx build`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
known=https://github.com/microsoft/InnerEye-DeepLearning#69a64d1df50ba0523be453c2fad4ff54cf31367f
repository=${INNEREYE_REPOSITORY:-${known%#*}}
revision=${INNEREYE_COMMIT:-${known#*#}}

fail() {
  echo "build: $*" >&2
  exit 1
}

push=true
if [ "${1:-}" = --keep ]; then
  push=false
  shift
fi
[ $# -ge 1 ] || fail 'name the image: build.sh <registry>/<name>'
# Registries take small letters only; a repository of GitHub may have others.
name=$(printf '%s' "$1" | tr '[:upper:]' '[:lower:]')
shift
case $name in
  *[!a-z0-9._/:-]* | -* | */ | *//* | *@*) fail "$name is no name of an image." ;;
esac
# A colon after the last slash is a tag; the tag is ours.
case ${name##*/} in *:*) fail "$name has a tag; give the name without it." ;; esac
[[ $revision =~ ^[0-9a-f]{40}$ ]] || fail "$revision is no commit: 40 hexadecimal digits."
[[ $repository =~ ^https://[A-Za-z0-9._/~:-]+$ ]] || fail "$repository is no https address without login and query."
tag=$name:${revision:0:12}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# No attestations: what is pushed is one manifest, and its digest is the image's.
build() {
  docker buildx build --load --provenance=false --sbom=false --platform linux/amd64 \
    --build-arg SOURCE_DATE_EPOCH=1711014197 \
    --label "org.opencontainers.image.revision=$revision" \
    --tag "$tag" "$@" "$here" >&2
}

# In the image, as a job would, and with no network at all.
try() {
  docker run --rm --network none --shm-size 2g --mount "type=bind,source=$here/try.py,target=/try.py,readonly" \
    "$tag" bash -c 'mkdir /tmp/try && cd /tmp/try && python /try.py /tmp/try' >&2
}

arguments=("$@")
if [ "$repository#$revision" != "$known" ]; then
  # Docker takes an address for a git repository where it ends in .git.
  arguments=(--build-context "source=${repository%.git}.git#$revision" ${arguments[@]+"${arguments[@]}"})
fi
if [ -n "${PIP_INDEX_URL:-}" ]; then arguments+=(--secret id=pip-index-url,env=PIP_INDEX_URL); fi
if [ -n "${GITHUB_REPOSITORY:-}" ]; then
  # Links the package to the repository it is pushed from.
  arguments+=(--label "org.opencontainers.image.source=${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY")
fi
build ${arguments[@]+"${arguments[@]}"}
docker image inspect --format 'build: {{.Size}} bytes' "$tag" >&2
try
[ "$push" = true ] || exit 0
docker push --quiet "$tag" >&2
# A local image knows the digest that the registry gave it.
docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$tag" >"$work/digests"
image=$(grep -E "^(docker\.io/)?$name@sha256:[0-9a-f]{64}$" "$work/digests" | head -n 1) ||
  fail "Docker tells no digest for $name; it says: $(cat "$work/digests")"
echo "$image"
