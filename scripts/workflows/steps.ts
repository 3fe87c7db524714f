import { login, passed } from './offers.ts';
import type { Offer } from './offers.ts';
import { indent } from './yaml.ts';

/** Commands of the action that have a workflow of their own. */
export type CommandName = 'plan' | 'deploy' | 'verify' | 'train' | 'smoke' | 'drift' | 'destroy';

const terraform = ['location', 'variables-file', 'terraform-version', 'terraform-mirror'];
const recipe = ['inference-package', 'inference-commit'];

/** Inputs of the action that each command reads, beside the environment and the login. */
export const reads: Readonly<Record<CommandName | 'preflight', readonly string[]>> = {
  preflight: [...terraform, 'instance-user'],
  plan: [...terraform, 'instance-user', ...recipe],
  deploy: [
    ...terraform,
    ...['stages', 'plan-fingerprint', 'instance-user', ...recipe, 'inference-repository'],
    ...['rotate-key', 'vantage'],
  ],
  verify: ['vantage'],
  train: ['image', 'model', 'dataset', 'training-arguments', 'training-hours', 'vantage'],
  smoke: ['model', 'model-version', 'smoke-level', 'vantage'],
  drift: [...terraform, 'instance-user'],
  destroy: [...terraform, 'confirm', 'remove-state'],
};

/** Outputs of a job, by command: those of its step, but for evidence and plan, which are paths there. */
export const gives: Readonly<Record<CommandName, readonly string[]>> = {
  plan: ['changes', 'adds', 'updates', 'replaces', 'deletes', 'plan-fingerprint', 'plan-file'],
  deploy: [
    ...['resource-group', 'workspace-name', 'compute-cluster-name'],
    ...['inference-app-name', 'inference-app-host', 'key-vault-name'],
  ],
  verify: ['evidence'],
  train: ['job-name', 'model-name', 'model-version'],
  smoke: ['evidence'],
  drift: ['drift-state'],
  destroy: [],
};

const titles: Readonly<Record<CommandName | 'preflight', string>> = {
  preflight: 'Look before anything is changed',
  plan: 'Plan',
  deploy: 'Deploy',
  verify: 'Prove that the network is closed',
  train: 'Train',
  smoke: 'Ask the inference service',
  drift: 'Compare the environment with its configuration',
  destroy: 'Destroy',
};

const checkout = `- name: Check out the caller's repository
  uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
  with:
    persist-credentials: false`;

/** A file that a command leaves and its job keeps as an artifact. */
interface Kept {
  readonly output: string;
  readonly step: string;
  /** More lines of the step. */
  readonly more?: string;
}

/** What is kept: evidence also where it says no, as then it says why; the plan where the summary is too short for it. */
const kept: Partial<Readonly<Record<CommandName, Kept>>> = {
  verify: { output: 'evidence', step: 'Keep the evidence' },
  smoke: { output: 'evidence', step: 'Keep the evidence' },
  plan: {
    ...{ output: 'plan-file', step: 'Keep the whole plan' },
    more: '\n  continue-on-error: true # the plan is made, and the most important of it is told',
  },
};

/** Whether an output of a command is a path in its step and the artifact's address elsewhere. */
export function isKept(command: CommandName, output: string): boolean {
  return kept[command]?.output === output;
}

/** The artifact has one name for each part, environment and attempt of a run. */
function keep(command: CommandName, { output, step, more = '' }: Kept): string {
  return `- name: ${step}
  id: keep
  if: \${{ always() && steps.${command}.outputs.${output} != '' }}
  uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1${more}
  with:
    name: ${command}-\${{ inputs.environment }}-\${{ github.run_attempt }}
    path: \${{ steps.${command}.outputs.${output} }}
    if-no-files-found: error
    overwrite: true`;
}

/** What differs where a workflow hands a command something else than its input of that name. */
export interface Handing {
  /** Expressions that stand in the place of inputs, by their names. */
  readonly instead?: Readonly<Record<string, string>>;
  /** What an id is where nothing gives it, as the end of an expression. */
  readonly nobody?: string;
  /** Inputs of later parts, by their expressions: the first step of the line refuses them where they are wrong. */
  readonly ahead?: Readonly<Record<string, string>>;
}

/** Commands that ask GitHub for something: comments, issues, or whether a run is over. */
const withToken: ReadonlySet<string> = new Set(['plan', 'drift', 'deploy', 'destroy']);

function actionStep(
  command: CommandName | 'preflight',
  offers: readonly Offer[],
  { instead = {}, nobody = '', ahead = {} }: Handing,
): string {
  const own = reads[command].filter((name) => !(name in instead));
  const more = Object.entries(instead).filter(([name]) => reads[command].includes(name));
  const extra = [
    ...[...more, ...(command === 'preflight' ? Object.entries(ahead) : [])].map(
      ([name, value]) => `${name}: \${{ ${value} }}`,
    ),
    ...(command === 'deploy' ? ['python-index: ${{ secrets.PYTHON_INDEX }}'] : []),
    ...(withToken.has(command) ? ['github-token: ${{ github.token }}'] : []),
  ];
  const values = [
    `command: ${command}`,
    passed(offers, ['environment', ...own, ...login], nobody),
    ...extra,
  ];
  return `- name: ${titles[command]}
  ${command === 'preflight' ? '' : `id: ${command}\n  `}uses: $/.github/actions/innereye
  with:
${indent(values.join('\n'), 4)}`;
}

/** All steps of a job that runs one command. */
export function stepsOf(
  command: CommandName,
  offers: readonly Offer[],
  handing: Handing = {},
): string {
  const needsFiles = reads[command].includes('variables-file');
  const keeping = kept[command];
  return [
    ...(needsFiles ? [checkout] : []),
    ...(command === 'deploy' ? [actionStep('preflight', offers, handing)] : []),
    actionStep(command, offers, handing),
    ...(keeping === undefined ? [] : [keep(command, keeping)]),
  ].join('\n');
}
