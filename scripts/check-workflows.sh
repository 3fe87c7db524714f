#!/usr/bin/env bash
# Judges the workflows, the action files and the examples: zizmor at its strictest, actionlint, GitHub's
# own parser with a play of the jobs (workflow-graph.ts), and what none of them sees (check-workflows.py).
# Installs its tools itself, pinned, below .cache/tools; needs go, python3, and Node 24 with npm.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
tools=$root/.cache/tools
zizmor_version=1.32.0
pyyaml_version=6.0.3
actionlint_version=v1.7.12
parser_version=0.3.61
esbuild_version=0.28.2

fail() {
  echo "check-workflows: $*" >&2
  exit 1
}

for program in go python3 git node npm; do
  command -v "$program" >/dev/null || fail "$program is not on the PATH; install it and run this again."
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

install_tools() {
  venv=$tools/workflows-$zizmor_version-$pyyaml_version
  if [ ! -e "$venv/ready" ]; then
    echo "Installing zizmor $zizmor_version."
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" --quiet --disable-pip-version-check install "zizmor==$zizmor_version" "pyyaml==$pyyaml_version" ||
      fail "zizmor $zizmor_version cannot be installed from Python's package index."
    touch "$venv/ready"
  fi
  actionlint=$tools/actionlint-$actionlint_version/actionlint
  if [ ! -x "$actionlint" ]; then
    echo "Building actionlint $actionlint_version."
    GOBIN=$(dirname "$actionlint") \
      go install "github.com/rhysd/actionlint/cmd/actionlint@$actionlint_version" 2>"$work/go.log" ||
      fail "actionlint $actionlint_version cannot be built:
$(cat "$work/go.log")"
  fi
}

# One file of GitHub's parser: its packages import JSON in a way that plain Node refuses.
install_parser() {
  parser=$tools/workflow-parser-$parser_version/bundle.mjs
  [ ! -e "$parser" ] || return 0
  echo "Installing GitHub's workflow parser $parser_version."
  place=$(dirname "$parser")
  mkdir -p "$place"
  echo '{ "private": true, "type": "module" }' >"$place/package.json"
  npm install --prefix "$place" --silent --no-audit --no-fund \
    "@actions/workflow-parser@$parser_version" "@actions/expressions@$parser_version" \
    "esbuild@$esbuild_version" >"$work/npm.log" 2>&1 ||
    fail "the workflow parser $parser_version cannot be installed from npm's registry:
$(cat "$work/npm.log")"
  printf '%s\n' "export * from '@actions/workflow-parser';" \
    "export { Evaluator, Lexer, Parser, data } from '@actions/expressions';" >"$place/entry.mjs"
  "$place/node_modules/.bin/esbuild" "$place/entry.mjs" --bundle --platform=node --format=esm \
    --log-level=error --outfile="$parser" \
    --banner:js="import { createRequire as _require } from 'node:module'; const require = _require(import.meta.url);"
}

# actionlint does not know `$/` yet, nor a repository that is not there: it gets a copy in which both
# are the local form, so that inputs, outputs and types of every call are still compared.
stage() {
  mkdir -p "$work/staged/.github/workflows"
  cp -R "$root/.github/." "$work/staged/.github/"
  cp "$root/action.yml" "$work/staged/"
  if [ -d "$root/dist" ]; then cp -R "$root/dist" "$work/staged/dist"; fi
  for example in "$root"/examples/*.yml; do
    cp "$example" "$work/staged/.github/workflows/example-$(basename "$example")"
  done
  find "$work/staged" -name '*.yml' -exec sed -i.orig -E \
    -e 's#uses: \$/#uses: ./#' \
    -e 's#uses: OWNER/innereye-closed-network/(\.github/workflows/[a-z-]+\.yml)@v[0-9.]+#uses: ./\1#' \
    -e 's#uses: OWNER/innereye-closed-network@v[0-9.]+#uses: ./#' {} +
  find "$work/staged" -name '*.orig' -delete
  git -C "$work/staged" init --quiet
}

# Examples name a release, as people do; everything of our own is pinned to a commit.
release_policy() {
  cat >"$work/examples.yml" <<'YAML'
rules:
  unpinned-uses:
    config:
      policies:
        OWNER/*: ref-pin
        '*': hash-pin
YAML
}

zizmor() {
  env -u GH_TOKEN -u GITHUB_TOKEN "$venv/bin/zizmor" --offline --quiet --no-progress --color never \
    --persona auditor --no-ignores --strict-collection --collect=all "$@"
}

install_tools
install_parser
failures=0
release_policy
zizmor --no-config "$root/.github" "$root/action.yml" || failures=1
zizmor --config "$work/examples.yml" "$root"/examples/*.yml || failures=1
stage
(cd "$work/staged" && "$actionlint" -no-color -shellcheck= -pyflakes=) || failures=1
node "$root/scripts/workflow-graph.ts" "$parser" "$work/staged" || failures=1
"$venv/bin/python" "$root/scripts/check-workflows.py" "$root" || failures=1
[ "$failures" -eq 0 ] || fail 'there are findings, see above.'
echo 'check-workflows: ok'
