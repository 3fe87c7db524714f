import type { Offer } from './offers.ts';
import { indent } from './yaml.ts';

/** A workflow that can be done to each environment of a fleet. */
export interface Member {
  readonly name: string;
  readonly offers: readonly Offer[];
  readonly rights: readonly string[];
  /** Whether it takes the secret. */
  readonly secret: boolean;
}

/** Reads the list with all its settings, and refuses what is no input, before any job starts. */
const reader = `import json, os, sys

defaults = json.loads(os.environ["DEFAULTS"])

def refuse(text):
    sys.exit(f"::error::environments: {text}")

def whole(one):
    given = {**settings, **({"environment": one} if isinstance(one, str) else one)}
    for name, value in given.items():
        if name not in defaults:
            refuse(f"{json.dumps(name)} is no input of a workflow")
        if type(value) is not type(defaults[name]):
            refuse(f"{name} must look like {json.dumps(defaults[name])}, not {json.dumps(value)}")
    if not given.get("environment"):
        refuse(f"{json.dumps(one)} has no name")
    return {**defaults, **given}

try:
    settings, listed = json.loads(os.environ["SETTINGS"]), json.loads(os.environ["ENVIRONMENTS"])
    entries = [whole(one) for one in listed]
except (ValueError, TypeError) as error:
    refuse(f"not a JSON list of names or of objects: {error}")
names = [entry["environment"] for entry in entries]
if not names or len(set(names)) < len(names):
    refuse("each environment must be there once, and one at least")
if os.environ["COMMAND"] == "image":  # environments that share an image need it built once
    entries = list({entry["image-name"]: entry for entry in reversed(entries)}.values())[::-1]
with open(os.environ["GITHUB_OUTPUT"], "a") as output:
    output.write(f"environments={json.dumps(entries)}\\nnames={', '.join(names)}\\n")`;

function readJob(members: readonly Member[]): string {
  const offers = new Map(members.flatMap((member) => member.offers.map((one) => [one.name, one])));
  offers.delete('confirm');
  const defaults = [...offers.values()].map(
    (one) => `"${one.name}": ${JSON.stringify(one.default ?? '')}`,
  );
  return `read:
  name: Read the list
  runs-on: \${{ inputs.runner }}
  timeout-minutes: 5
  outputs:
    environments: \${{ steps.read.outputs.environments }}
    names: \${{ steps.read.outputs.names }}
  steps:
    - name: Read the list
      id: read
      shell: bash
      env:
        COMMAND: \${{ inputs.command }}
        ENVIRONMENTS: \${{ inputs.environments }}
        SETTINGS: \${{ inputs.settings }}
        DEFAULTS: |
          {
${indent(defaults.join(',\n'), 12)}
          }
      run: |
        python3 <<'END'
${indent(reader, 8)}
        END`;
}

function memberJob({ name, offers, rights, secret }: Member): string {
  const values = offers.map((one) =>
    one.name === 'confirm'
      ? "confirm: ${{ inputs.confirm == inputs.environments && matrix.entry.environment || '' }}"
      : `${one.name}: \${{ matrix.entry.${one.name} }}`,
  );
  return `${name}:
  name: ${name} \${{ matrix.entry.environment }}
  needs: read
  if: \${{ inputs.command == '${name}' }}
  strategy:
    fail-fast: false
    max-parallel: \${{ inputs.max-parallel }}
    matrix:
      entry: \${{ fromJSON(needs.read.outputs.environments || '[{}]') }}
  permissions:
${indent(rights.join('\n'), 4)}
  uses: $/.github/workflows/${name}.yml
  with:
${indent(values.join('\n'), 4)}${secret ? '\n  secrets:\n    PYTHON_INDEX: ${{ secrets.PYTHON_INDEX }}' : ''}`;
}

const report = `{
  printf '## Fleet: %s of %s\\n\\n' "$COMMAND" "\${NAMES//[^A-Za-z0-9, _-]/}"
  case $RESULT in
    success) echo 'Done for each of them.' ;;
    failure) echo 'It failed for one at least; their jobs say for which, and why.' ;;
    *) echo "Not done: the list, or the run, ended as $READ." ;;
  esac
} >>"$GITHUB_STEP_SUMMARY"
echo "result=$RESULT" >>"$GITHUB_OUTPUT"`;

function reportJob(members: readonly Member[]): string {
  const names = members.map(({ name }) => name);
  const result = names
    .map((name) => `inputs.command == '${name}' && needs.${name}.result`)
    .join(' || ');
  return `report:
  name: Report on the fleet
  needs: [read, ${names.join(', ')}]
  if: \${{ always() }}
  runs-on: \${{ inputs.runner }}
  timeout-minutes: 5
  outputs:
    result: \${{ steps.report.outputs.result }}
  steps:
    - name: Report
      id: report
      shell: bash
      env:
        COMMAND: \${{ inputs.command }}
        NAMES: \${{ needs.read.outputs.names }}
        READ: \${{ needs.read.result }}
        RESULT: \${{ ${result} }}
      run: |
${indent(report, 8)}`;
}

/** The jobs of a fleet: the list, what is asked for as a matrix over it, and the report. */
export function fleet(members: readonly Member[]): string {
  return [readJob(members), ...members.map(memberJob), reportJob(members)].join('\n\n');
}
