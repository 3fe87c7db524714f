#!/usr/bin/env bash
# Installs what the training image holds: Python packages, InnerEye-DeepLearning and HelloWorld's data.
# The Dockerfile uses it, and so does whoever prepares the same on a Linux machine without Docker.
#
#   install.sh <folder> [torch] [packages] [source] [environment]      without a part: all of them
#
# Makes below the folder: innereye-python (a venv), innereye (the code), innereye-data (data of models,
# by folder), environment (variables, one KEY=VALUE a line). It can be repeated; every part ends as it
# would have begun from nothing.
#
#   PYTHON                 Python 3.8 (default python3.8)
#   INNEREYE_SOURCE        folder with the sources checked out; without it they are fetched by git
#   INNEREYE_REPOSITORY    repository to fetch from, for instance a copy of your own
#   SOURCE_DATE_EPOCH      time stamp of everything that is written (default: that of the commit)
#   PIP_INDEX_URL, …       pip's own variables and pip.conf say where packages come from
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
commit=69a64d1df50ba0523be453c2fad4ff54cf31367f
repository=${INNEREYE_REPOSITORY:-https://github.com/microsoft/InnerEye-DeepLearning}
test_data=Tests/ML/test_data
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1711014197}
# What is written does not depend on the order of a hash table.
export PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1

fail() {
  echo "install: $*" >&2
  exit 1
}

[ $# -ge 1 ] || fail 'name the folder to install into.'
mkdir -p "$1"
folder=$(cd "$1" && pwd)
prefix=${folder%/}
shift
venv=$prefix/innereye-python
code=$prefix/innereye
data=$prefix/innereye-data
openssl=$prefix/innereye-openssl
lock=$here/requirements.txt

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The lock's entries of some packages, as a file of its own.
entries() {
  local name
  for name in "$@"; do grep -A1 "^$name==" "$lock" || fail "the lock has no $name."; done
}

# By digest, and without a word from the packages themselves on what else they want: their wishes
# contradict each other (upstream's list was made with a pip that did not look).
pip_install() {
  "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --quiet --progress-bar off \
    --no-deps --require-hashes --no-compile "$@"
}

# Only wheels: nothing is run to build them.
torch() {
  local python=${PYTHON:-python3.8} version
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') ||
    fail "$python does not start; name a Python 3.8 in PYTHON."
  [ "$version" = 3.8 ] || fail "$python is Python $version; the packages are for 3.8. Name one in PYTHON."
  rm -rf "$venv"
  "$python" -m venv "$venv"
  entries setuptools wheel torch torchvision >"$work/torch.txt"
  pip_install --only-binary :all: --requirement "$work/torch.txt"
  settle "$venv"
}

# Nine packages exist as sources only. They are plain Python, and are built with the setuptools of the
# lock; a compiler is neither needed nor used.
packages() {
  CC=false pip_install --no-build-isolation --requirement "$lock"
  dotnet
  settle "$venv" '/site-packages/(torch|torchvision|pip|setuptools|wheel)/'
}

# innereye-dicom-rt starts .NET Core 2.1 from dotnetcore2. At its first start that looks whether all
# libraries are there, also those it does not use, and downloads what it misses; the empty file says
# that this has been done.
dotnet() {
  local version deps
  version=$(sed -n 's/^dotnetcore2==\([0-9.]*\).*/\1/p' "$lock")
  deps=$(echo "$venv"/lib/python3.8/site-packages/dotnetcore2/bin)/deps
  mkdir -p "$deps"
  : >"$deps/SUCCESS-$version"
}

# .NET Core 2.1 needs OpenSSL 1.1. Debian 11, the image's base, has it. Where a system does not (Debian
# 12, Ubuntu 22.04), the one that opencv's wheel carries does as well: under the name .NET looks for,
# and under its own, by which its parts find each other.
openssl_folder() {
  local libraries=$venv/lib/python3.8/site-packages/opencv_python_headless.libs name found
  rm -rf "$openssl"
  if ldconfig -p 2>/dev/null | grep -q 'libssl\.so\.1\.1 '; then return; fi
  for name in libssl-*.so.1.1 libcrypto-*.so.1.1 libz-*.so.*; do
    found=$(find "$libraries" -name "$name" 2>/dev/null | head -n 1) || true
    if [ -z "$found" ]; then
      echo 'install: no OpenSSL 1.1 here: training works, scoring of DICOM images will not.' >&2
      rm -rf "$openssl"
      return
    fi
    mkdir -p "$openssl"
    ln -s "$found" "$openssl/$(basename "$found")"
    case $name in *.1.1) ln -s "$found" "$openssl/${name%%-*}.so.1.1" ;; esac
  done
}

# Bytecode that names no time, then one time stamp for what is new: the same layer each time it is built.
# One process, in order: with several the bytecode differs. What an earlier part has settled is left
# alone: a file that is touched would be in the later layer a second time.
settle() {
  local settled=${2:-^$}
  "$venv/bin/python" -W ignore -m compileall -q -q -x "$settled" --invalidation-mode unchecked-hash \
    "$venv/lib" >/dev/null || true # some packages carry files that are not for this Python
  stamp "$1"
}

stamp() {
  find "$1" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
}

# Into $work/source. Nothing is checked out, so no filter or hook gets a say.
fetch() {
  command -v git >/dev/null || fail 'git is not on the PATH; install it, or name the sources in INNEREYE_SOURCE.'
  echo "install: fetching $repository at ${commit:0:12}."
  git init --quiet --bare --template= "$work/git"
  GIT_TERMINAL_PROMPT=0 GIT_HTTP_LOW_SPEED_LIMIT=1000 GIT_HTTP_LOW_SPEED_TIME=60 \
    git --git-dir "$work/git" -c gc.auto=0 -c core.hooksPath=/dev/null \
    fetch --quiet --depth=1 --no-tags --no-recurse-submodules -- "$repository" "$commit" ||
    fail "$repository is not reached, or has no commit $commit; name a copy of it in INNEREYE_REPOSITORY."
  mkdir "$work/source"
  cut -c67- "$here/source.sha256" >"$work/paths"
  xargs -d '\n' git --git-dir "$work/git" -c core.autocrlf=false -c core.eol=lf \
    archive "$commit" -- <"$work/paths" | tar -x -C "$work/source"
}

source_files() {
  local from=${INNEREYE_SOURCE:-} path
  if [ -z "$from" ]; then
    fetch
    from=$work/source
  fi
  (cd "$from" && sha256sum --check --strict --quiet "$here/source.sha256") ||
    fail "the sources are not those of commit $commit; nothing was installed."
  rm -rf "$code" "$data"
  cut -c67- "$here/source.sha256" | while IFS= read -r path; do
    case $path in
      "$test_data"/*) install -D -m 644 "$from/$path" "$data/hello_world/${path#"$test_data"/}" ;;
      *) install -D -m 644 "$from/$path" "$code/$path" ;;
    esac
  done
  stamp "$code"
  stamp "$data"
}

# As the Dockerfile's ENV says it for /opt, and the path of OpenSSL where the system has none.
environment() {
  openssl_folder
  {
    echo "PATH=$venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    echo "INNEREYE_CODE=$code"
    echo "INNEREYE_DATA=$data"
    cat "$here/variables"
    if [ -d "$openssl" ]; then echo "LD_LIBRARY_PATH=$openssl"; fi
  } >"$prefix/environment"
}

[ $# -gt 0 ] || set -- torch packages source environment
for part in "$@"; do
  case $part in
    torch | packages | environment) "$part" ;;
    source) source_files ;;
    *) fail "there is no part $part." ;;
  esac
done
