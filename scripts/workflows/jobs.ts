import type { Offer } from './offers.ts';
import type { CommandName, Handing } from './steps.ts';
import { gives, isKept, reads, stepsOf } from './steps.ts';
import { indent, mapping } from './yaml.ts';

/** Rights of a job's token, each with its reason. */
const idToken = 'id-token: write # log in to Azure without a secret';
const contents = 'contents: read # the variables file, and the package where there is one';

const asksOfRuns = 'actions: read # ask whether a run that left the lock of the state is over';
const readsPlans =
  'pull-requests: read # with plan-fingerprint merged: read the plan that was reviewed';

/** The rights that a job of a command needs, in the lines of `permissions:`. */
export function rightsOf(command: CommandName): readonly string[] {
  const files = reads[command].includes('variables-file') ? [contents] : [];
  const more: Partial<Record<CommandName, readonly string[]>> = {
    plan: ['pull-requests: write # keep the one plan comment up to date'],
    drift: ['issues: write # open, update and close the one drift issue'],
    deploy: [asksOfRuns, readsPlans],
    destroy: [asksOfRuns],
  };
  return [...files, idToken, ...(more[command] ?? [])];
}

/** Minutes after which GitHub ends a job. */
const deadlines: Readonly<Record<CommandName, string>> = {
  plan: '30',
  deploy: '120',
  verify: '60',
  // 100 minutes for each hour of training, and 50 for the node and its image: expressions cannot count.
  train: "${{ fromJSON(format('{0}50', inputs.training-hours)) }}",
  smoke: "${{ inputs.smoke-level == 'full' && 150 || 45 }}",
  drift: '30',
  destroy: '120',
};

/**
 * What may not run twice at a time. All that changes the resources of one environment shares one
 * group, wherever it comes from, and is never cut off by what comes later; only a plan is, by a newer
 * one of the same branch. The slashes keep these names apart from those of a caller: a caller that
 * held the same group would wait for itself.
 */
function alone(command: CommandName): string {
  const groups: Partial<Record<CommandName, string>> = {
    plan: 'plan/${{ inputs.environment }}/${{ github.ref }}',
    deploy: 'apply/${{ inputs.environment }}',
    destroy: 'apply/${{ inputs.environment }}',
    train: 'train/${{ inputs.environment }}/${{ inputs.model }}',
  };
  const group = groups[command] ?? `${command}/\${{ inputs.environment }}`;
  return `concurrency:
  group: innereye/${group}
  cancel-in-progress: ${command === 'plan'}`;
}

/** What a job is beside its command. */
export interface Shape extends Handing {
  /** Jobs that come first, and `if:` where they are not all that counts. */
  readonly needs?: readonly string[];
  readonly condition?: string;
  /** Expression of the GitHub environment. */
  readonly environment: string;
  /** Whether the whole run is one at a time anyway, and the job changes no resources. */
  readonly oneLine?: boolean;
  /** Lines of `env:` that the steps use. */
  readonly env?: string;
}

const words: Readonly<Record<CommandName, string>> = {
  plan: 'Plan',
  deploy: 'Deploy',
  verify: 'Proof',
  train: 'Training',
  smoke: 'Smoke test',
  drift: 'Drift',
  destroy: 'Removal',
};

function sourceOf(command: CommandName, name: string): string {
  return isKept(command, name)
    ? 'steps.keep.outputs.artifact-url'
    : `steps.${command}.outputs.${name}`;
}

/** The job that runs one command. */
export function jobOf(command: CommandName, offers: readonly Offer[], shape: Shape): string {
  const { needs = [], condition, environment, env } = shape;
  const outputs = Object.fromEntries(
    gives[command].map((name) => [name, `\${{ ${sourceOf(command, name)} }}`]),
  );
  const lines = [
    `name: ${words[command]} of \${{ inputs.environment }}`,
    ...(needs.length === 0 ? [] : [`needs: [${needs.join(', ')}]`]),
    ...(condition === undefined ? [] : [`if: \${{ ${condition} }}`]),
    'runs-on: ${{ inputs.runner }}',
    `timeout-minutes: ${deadlines[command]}`,
    `environment: \${{ ${environment} }}`,
    ...(shape.oneLine ? [] : [alone(command)]),
    `permissions:\n${indent(rightsOf(command).join('\n'), 2)}`,
    ...(Object.keys(outputs).length === 0 ? [] : [`outputs:\n${indent(mapping(outputs), 2)}`]),
    ...(env === undefined ? [] : [`env:\n${indent(env, 2)}`]),
    `steps:\n${indent(stepsOf(command, offers, shape), 2)}`,
  ];
  return `${command}:\n${indent(lines.join('\n'), 2)}`;
}
