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

compare_with_open_list() {
  python3 - "$root/scripts/checkov-open.txt" "$work"/checkov-*.json <<'PYTHON'
import json, sys

open_list, *reports = sys.argv[1:]
known = {}
for line in open(open_list, encoding='utf-8'):
    if line.strip() and not line.startswith('#'):
        where, _, why = line.strip().partition(': ')
        known[where] = why
failed, passed, skipped = {}, 0, 0
for report in reports:
    content = json.load(open(report, encoding='utf-8'))
    if 'results' not in content:
        continue
    passed += content['summary']['passed']
    skipped += content['summary']['skipped']
    for check in content['results']['failed_checks']:
        failed[f"{check['check_id']} {check['resource']}"] = f"{check['check_name']} ({check['file_path'].lstrip('/')})"
for where in sorted(set(failed) & set(known)):
    print(f'  open: {where}: {known[where]}')
new = sorted(set(failed) - set(known))
gone = sorted(set(known) - set(failed))
for where in new:
    print(f'  FAILED: {where}: {failed[where]}')
for where in gone:
    print(f'  FAILED: {where}: passes by now; take it out of scripts/checkov-open.txt')
if skipped > 10:
    print(f'  FAILED: {skipped} skips in the configuration; ten is the limit')
print(f'checkov: {passed} passed, {len(failed)} failed ({len(new)} unknown), {skipped} skipped with a reason')
sys.exit(1 if new or gone or skipped > 10 else 0)
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
compare_with_open_list
echo 'check-terraform: ok'
