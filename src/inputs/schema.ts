import { brokenNameRule } from '../name-rules.ts';
import type { Field } from './fields.ts';
import { checked, flag, guid, oneOf, privateAddress, secret, severalOf, text } from './fields.ts';

const pathRule = 'a path of at most 1,024 characters on one line';

/**
 * Every input of the action, in the order people read them. A key in camelCase is an input in
 * kebab-case. `action.yml`, its twin and the README's table are generated from this list.
 */
export const schema = {
  command: oneOf('What to do.', [
    'preflight',
    'plan',
    'deploy',
    'verify',
    'train',
    'smoke',
    'drift',
    'destroy',
  ]),
  environment: checked(
    'Name of the environment; every Azure name is derived from it.',
    'lower-case letters and digits, a letter first, at most 14 characters',
    brokenNameRule,
  ),
  clientId: guid('Application (client) id of the identity that trusts this workflow.'),
  tenantId: guid('Entra tenant of that identity.'),
  subscriptionId: guid('Azure subscription to work in.'),
  location: text(
    'Azure region of a new environment.',
    'the short name of a region, such as westeurope',
    /^[a-z][a-z0-9]{2,29}$/,
    { default: 'westeurope' },
  ),
  variablesFile: text(
    'Terraform variables file (.tfvars or .tfvars.json) with settings beyond the name.',
    `${pathRule}, ending in .tfvars or .tfvars.json`,
    /^[^\0\r\n]{1,1024}\.tfvars(\.json)?$/,
    { default: '' },
  ),
  stages: severalOf('Parts of the deploy.', ['network', 'compute', 'webapp'], {
    default: 'network,compute,webapp',
  }),
  planFingerprint: text(
    'Fingerprint of the reviewed plan; deploy refuses any other plan, and without one a plan that deletes what holds data. With merged, deploy reads it from our comment on the pull request that this commit was merged with.',
    '64 hexadecimal digits, a hyphen and 64 more, as the plan shows them; or merged',
    /^([0-9a-f]{64}(-[0-9a-f]{64})?|merged)$/,
    { default: '' },
  ),
  instanceUser: guid(
    'Object id of the person the compute instance is for; without one, none is made.',
    { default: '' },
  ),
  inferencePackage: text(
    'Zip of the inference app, ready to run by its own serve.py, to deploy to the web app; without one, deploy makes it.',
    `${pathRule}, ending in .zip`,
    /^[^\0\r\n]{1,1024}\.zip$/,
    { default: '' },
  ),
  inferenceCommit: text(
    'Commit of InnerEye-Inference to make the package of.',
    '40 hexadecimal digits',
    /^[0-9a-f]{40}$/,
    { default: 'f4a842c4eb65ba908407e4f1d8209ad5ce27ad6e' },
  ),
  inferenceRepository: text(
    'Git repository that has this commit, readable without a login.',
    'an https address without login and query',
    /^https:\/\/[^\s?#@]{1,1000}$/,
    { default: 'https://github.com/microsoft/InnerEye-Inference' },
  ),
  rotateKey: flag('Whether deploy puts a new pass key in the place of the one that is there.', {
    default: 'false',
  }),
  pythonIndex: privateAddress(
    "Mirror of Python's package index to take the app's packages from; without one, pip asks where it is set up to ask.",
    { default: '' },
  ),
  image: text(
    'Container image to train with, pinned by digest.',
    'registry/name@sha256: and 64 hexadecimal digits',
    /^[a-z0-9.-]+(:\d+)?\/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$/,
    { default: '' },
  ),
  model: text(
    'Model configuration to train.',
    'the name of a class, such as HelloWorld',
    /^[A-Za-z_][A-Za-z0-9_]{0,99}$/,
    { default: 'HelloWorld' },
  ),
  dataset: text(
    'Folder of the training data in the datastore innereyedatasets; without one, the name of the model with underscores.',
    'letters, digits, hyphens, underscores and full stops, at most 100',
    /^(?!\.)[A-Za-z0-9._-]{1,100}$/,
    { default: '' },
  ),
  trainingArguments: text(
    "More arguments for InnerEye's runner, such as --num_epochs=3 --random_seed=1.",
    'arguments of the form --name=value, separated by blanks, at most 1,000 characters',
    /^(?=.{1,1000}$)--[a-z][a-z0-9_]*=[A-Za-z0-9._,:/+-]*( +--[a-z][a-z0-9_]*=[A-Za-z0-9._,:/+-]*)*$/,
    { default: '' },
  ),
  trainingHours: text(
    'Hours that the training may run on the cluster.',
    'a whole number from 1 to 168',
    /^([1-9]|[1-9]\d|1[0-5]\d|16[0-8])$/,
    { default: '1' },
  ),
  modelVersion: text(
    'Version of the model for smoke to ask for; without one, the newest that is registered.',
    'a whole number from 1 to 999999',
    /^[1-9]\d{0,5}$/,
    { default: '' },
  ),
  smokeLevel: oneOf(
    'How far smoke goes: contract asks what costs nothing; full also sends a synthetic CT series through the model, which starts two jobs on the cluster.',
    ['contract', 'full'],
    { default: 'contract' },
  ),
  vantage: oneOf(
    'From where to look at the closed network: inside sends requests through the probe machine, direct from this runner, which must stand inside it.',
    ['inside', 'direct'],
    { default: 'inside' },
  ),
  terraformVersion: text(
    'Terraform to use: a version or a range by the rules of required_version; empty takes what the configuration asks for.',
    'a Terraform version constraint, such as ~> 1.11.0',
    /^[0-9A-Za-z.,<>=!~ +-]{1,100}$/,
    { default: '' },
  ),
  terraformMirror: text(
    'Address that serves Terraform releases in the layout of releases.hashicorp.com.',
    'an https address without query',
    /^https:\/\/[^\s?#]{1,1000}$/,
    { default: 'https://releases.hashicorp.com' },
  ),
  githubToken: secret(
    'Token for comments and issues (needs pull-requests and issues write), to ask whether a run that left the lock of the state is over (actions read), and to read a reviewed plan (pull-requests read).',
    { default: '' },
  ),
  confirm: text(
    'The name of the environment once more; destroy does nothing without it.',
    'the name of the environment',
    /^[\w-]{1,100}$/,
    { default: '' },
  ),
  removeState: flag('Whether destroy also deletes the storage account of the state.', {
    default: 'false',
  }),
} satisfies Record<string, Field<unknown>>;

/** All inputs, checked and typed. */
export type Settings = {
  readonly [K in keyof typeof schema]: ReturnType<(typeof schema)[K]['parse']>;
};
