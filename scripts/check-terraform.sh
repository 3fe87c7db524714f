#!/usr/bin/env bash
# Judges terraform/ and arm/: format, validity, the promises in terraform/tests, and checkov.
# Installs checkov itself, pinned, below .cache/tools; needs terraform and python3.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
tools=$root/.cache/tools
checkov_version=3.3.30

fail() {
  echo "check-terraform: $*" >&2
  exit 1
}

for program in terraform python3; do
  command -v "$program" >/dev/null || fail "$program is not on the PATH; install it and run this again."
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Values of somebody's own environment would be judged with it.
for name in ${!TF_VAR_@}; do unset "$name"; done
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0

install_checkov() {
  local venv=$tools/checkov-$checkov_version
  if [ ! -e "$venv/ready" ]; then
    echo "Installing checkov $checkov_version (about a minute)."
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" --quiet --disable-pip-version-check install "checkov==$checkov_version" ||
      fail "checkov $checkov_version cannot be installed from Python's package index."
    touch "$venv/ready"
  fi
  checkov=$venv/bin/checkov
}

# A copy, so that nothing is left in the tree. The real provider where it can be had, named by
# TF_CLI_CONFIG_FILE or from the registry; otherwise the stand-in, which knows schemas but not every rule.
init() {
  (cd "$work/terraform" && timeout 120 terraform init -backend=false -no-color >"$work/init.log" 2>&1)
}

prepare() {
  cp -R "$root/terraform" "$work/terraform"
  rm -rf "$work/terraform/.terraform"
  judge=azurerm
  init && return
  judge='the stand-in provider'
  local installed
  installed=$(PATH=$root/node_modules/.bin:$PATH node --input-type=module -e '
    const { installStandIn } = await import(process.argv[1]);
    console.log((await installStandIn(process.argv[2])).cliConfigFile);
  ' "$root/local-azure/provider/install.ts" "$work/stand-in") ||
    fail "azurerm cannot be had (see below), and the stand-in provider cannot be built; run npm ci first.
$(cat "$work/init.log")"
  export TF_CLI_CONFIG_FILE=$installed
  init || fail "terraform init fails:
$(cat "$work/init.log")"
}

run_checkov() {
  "$checkov" --directory "$root/$1" --framework "$2" --skip-download --quiet --soft-fail --output json \
    2>"$work/checkov.log" >"$work/checkov-$2.json" || fail "checkov fails:
$(cat "$work/checkov.log")"
}

# Nothing may fail. A rule that is not met is skipped in-line with its reason, at most ten in all: they
# are counted as comments, because checkov counts one on a resource that is made twice as two.
judge_checkov() {
  python3 - "$root" "$work"/checkov-*.json <<'PYTHON'
import json, pathlib, re, sys

root, *reports = sys.argv[1:]
limit, failed, passed, wrong = 10, [], 0, []
for report in reports:
    content = json.load(open(report, encoding='utf-8'))
    if 'results' not in content:
        continue
    passed += content['summary']['passed']
    for error in content['results'].get('parsing_errors', []):
        wrong.append(f'{error}: checkov cannot read it')
    for check in content['results']['failed_checks']:
        failed.append(f"{check['check_id']} {check['resource']}: {check['check_name']} ({check['file_path'].lstrip('/')})")
skips = []
for folder in ('terraform', 'arm'):
    for file in sorted(pathlib.Path(root, folder).rglob('*')):
        if file.is_file() and '.terraform' not in file.parts:
            for line in file.read_text(encoding='utf-8', errors='replace').splitlines():
                for skip in re.findall(r'checkov:skip=(.*)', line):
                    skips.append((file.name, skip))
for name, skip in skips:
    check, _, reason = skip.partition(':')
    if len(reason.split()) < 5:
        wrong.append(f'{name}: the skip of {check} has no reason')
if len(skips) > limit:
    wrong.append(f'{len(skips)} skips; {limit} is the limit')
if passed < 50:
    wrong.append(f'only {passed} checks were made; checkov did not see the configuration')
for line in failed + wrong:
    print(f'  FAILED: {line}')
print(f'checkov: {passed} passed, {len(failed)} failed, {len(skips)} skipped with a reason (of {limit})')
sys.exit(1 if failed or wrong else 0)
PYTHON
}

terraform fmt -check -recursive -diff "$root/terraform" || fail 'run: terraform fmt -recursive terraform'
prepare
(cd "$work/terraform" && terraform validate -no-color && terraform test -no-color) >"$work/test.log" 2>&1 ||
  fail "judged by $judge:
$(cat "$work/test.log")"
echo "terraform test, judged by $judge: $(tail -n 1 "$work/test.log")"
install_checkov
run_checkov terraform terraform
run_checkov arm arm
judge_checkov
echo 'check-terraform: ok'
