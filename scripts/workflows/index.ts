import { actionOutputs } from '../../src/outputs.ts';
import { chain } from './environment.ts';
import type { Member } from './fleet.ts';
import { fleet } from './fleet.ts';
import { imageJob, imageOffers, imageRights } from './image.ts';
import { jobOf, rightsOf } from './jobs.ts';
import {
  addition,
  callInputs,
  dispatchInputs,
  login,
  offer,
  readingEnvironment,
} from './offers.ts';
import type { Offer } from './offers.ts';
import type { CommandName } from './steps.ts';
import { gives, reads } from './steps.ts';
import { indent, scalar } from './yaml.ts';

/** What a workflow gives its caller: an output of one of its jobs. */
export type Output = readonly [name: string, description: string, job: string, there?: string];

/** A reusable workflow of the product. */
export interface Workflow {
  readonly name: string;
  readonly title: string;
  /** What it does, for the page about the workflows. */
  readonly does: string;
  readonly offers: readonly Offer[];
  /** Name, description, and where the value comes from. */
  readonly outputs: readonly Output[];
  readonly secret: boolean;
  /** Lines of the rights that a caller must grant. */
  readonly rights: readonly string[];
  /** Expression behind `group:` where the whole run is one at a time. */
  readonly group?: string;
  readonly jobs: string;
}

const secretText =
  "Mirror of Python's package index with its login, where the packages of the inference app come from one.";

function offersOf(commands: readonly CommandName[], more: readonly (string | Offer)[]): Offer[] {
  const own = new Set(commands.flatMap((command) => reads[command]));
  const names = ['environment', ...own, ...more, 'runner', ...login];
  return names.map((name) => (typeof name === 'string' ? offer(name) : name));
}

function outputsOf(command: CommandName): readonly Output[] {
  const texts: Readonly<Record<string, string>> = {
    ...actionOutputs,
    evidence: 'Address of the artifact with the evidence, kept also where it says no.',
    'plan-file':
      'Address of the artifact with the whole plan, where the step summary has no room for it (plan).',
  };
  return gives[command].map((name) => [name, texts[name] ?? '', command]);
}

const nobody = `# GitHub gives a pull request from a fork, or of Dependabot, neither variables nor an id-token. Its
# variables file is checked and nobody logs in, but the ids must have the form of ids.
NOBODY: \${{ (github.actor == 'dependabot[bot]' || github.event.pull_request.head.repo.full_name != github.event.pull_request.base.repo.full_name) && '00000000-0000-0000-0000-000000000000' || '' }}`;

/** A workflow of one command. */
function single(command: CommandName, title: string, does: string): Workflow {
  const reading = command === 'plan' || command === 'drift';
  const offers = offersOf([command], [reading ? readingEnvironment : 'github-environment']);
  const otherwise = reading ? "format('{0}-plan', inputs.environment)" : 'inputs.environment';
  const environment = `inputs.github-environment || ${otherwise}`;
  const forks = command === 'plan' ? { env: nobody, nobody: ' || env.NOBODY' } : {};
  return {
    ...{ name: command, title, does, offers },
    outputs: outputsOf(command),
    secret: command === 'deploy',
    rights: rightsOf(command),
    jobs: jobOf(command, offers, { environment, ...forks }),
  };
}

function environmentWorkflow(): Workflow {
  const commands = ['deploy', 'verify', 'train', 'smoke'] as const;
  const own = ['train', 'smoke', 'github-environment', 'use-github-environment'];
  // Smoke asks for the model that train has just made.
  const offers = offersOf(commands, own).filter(({ name }) => name !== 'model-version');
  return {
    name: 'environment',
    title: 'Environment',
    does: 'the whole line: deploy, verify, train, smoke, each only where the one before went well, and a report at the end, always',
    offers,
    outputs: [
      ...commands
        .filter((command) => command !== 'verify' && command !== 'smoke')
        .flatMap(outputsOf),
      ['proof', 'Address of the artifact with the evidence of verify.', 'verify', 'evidence'],
      ['answers', 'Address of the artifact with the evidence of smoke.', 'smoke', 'evidence'],
      ['failed-part', 'The first part that did not end well; empty where all did.', 'report'],
    ],
    secret: true,
    rights: rightsOf('deploy'),
    group: 'innereye/line/${{ inputs.environment }}',
    jobs: chain(offers),
  };
}

/** Each right once: who may write may read. */
function highest(rights: readonly string[]): readonly string[] {
  const nameOf = (right: string): string => right.split(':')[0] ?? '';
  const written = new Set(rights.filter((right) => / write /.test(right)).map(nameOf));
  return [...new Set(rights)].filter(
    (right) => / write /.test(right) || !written.has(nameOf(right)),
  );
}

function fleetWorkflow(members: readonly Member[]): Workflow {
  const offers = [
    addition(
      'command',
      'What to do to each environment.',
      undefined,
      members.map(({ name }) => name),
    ),
    addition(
      'environments',
      'JSON list of the environments: names, or objects with a name as environment and more inputs of the workflow that is called.',
      undefined,
    ),
    addition('settings', 'JSON object of inputs that are the same for all of them.', '{}'),
    addition('max-parallel', 'How many environments are worked on at a time.', 4),
    addition('confirm', 'For destroy: exactly what environments says, once more.', ''),
    offer('runner'),
  ];
  const rights = highest(members.flatMap((member) => member.rights));
  return {
    name: 'fleet',
    title: 'Fleet',
    does: 'any of the others, for each environment of a list',
    offers,
    outputs: [['result', 'success or failure of what was asked for, over all of them.', 'report']],
    secret: true,
    rights,
    group: 'innereye/fleet/${{ inputs.command }}',
    jobs: fleet(members),
  };
}

const singles = [
  single('plan', 'Plan', 'what a deploy would change; on a pull request as one comment'),
  single('deploy', 'Deploy', 'looks first, then brings the environment up, or up to date'),
  single('verify', 'Verify', 'proves that the network is closed; the evidence is an artifact'),
  single('train', 'Train', 'trains a model on the cluster and registers it'),
  single(
    'smoke',
    'Smoke',
    'asks the inference service what its contract promises; the evidence is an artifact',
  ),
  single('drift', 'Drift', 'finds changes behind the back of the configuration; one issue'),
  single('destroy', 'Destroy', 'takes the environment down'),
];
const whole = environmentWorkflow();
const image: Workflow = {
  name: 'image',
  title: 'Image',
  does: 'builds the training image, tries it, and pushes it into a registry',
  offers: imageOffers,
  outputs: [['image', 'The image by digest, for the input image of train.', 'image']],
  secret: false,
  rights: imageRights,
  jobs: imageJob,
};

/** Every reusable workflow of the product. */
export const workflows: readonly Workflow[] = [
  ...singles,
  whole,
  image,
  fleetWorkflow([...singles, whole, image]),
];

/** The text of a workflow's file. */
export function workflowFile({ title, offers, outputs, secret, group, jobs }: Workflow): string {
  const call = [
    `inputs:\n${indent(callInputs(offers), 2)}`,
    ...(secret
      ? [`secrets:\n  PYTHON_INDEX:\n    description: ${scalar(secretText)}\n    required: false`]
      : []),
    ...(outputs.length === 0
      ? []
      : [`outputs:\n${indent(outputs.map(outputBlock).join('\n'), 2)}`]),
  ];
  const alone =
    group === undefined ? [] : [`concurrency:\n  group: ${group}\n  cancel-in-progress: false`];
  return `${[
    `# Generated by \`npm run docs\` from scripts/workflows/ and src/inputs/schema.ts.\nname: ${title}`,
    `on:\n  workflow_call:\n${indent(call.join('\n'), 4)}\n  workflow_dispatch:\n    inputs:\n${indent(dispatchInputs(offers), 6)}`,
    'permissions: {}',
    ...alone,
    `jobs:\n${indent(jobs, 2)}`,
  ].join('\n\n')}\n`;
}

function outputBlock([name, description, job, there = name]: Output): string {
  return `${name}:\n  description: ${scalar(description)}\n  value: \${{ jobs.${job}.outputs.${there} }}`;
}
