import type { Field } from '../../src/inputs/fields.ts';
import { inputName } from '../../src/inputs/parse.ts';
import { schema } from '../../src/inputs/schema.ts';
import { indent, scalar } from './yaml.ts';

/** An input that a workflow offers. */
export interface Offer {
  readonly name: string;
  readonly description: string;
  /** As `workflow_call` knows it. */
  readonly type: 'string' | 'boolean' | 'number';
  /** Undefined where a caller must give it. */
  readonly default: string | number | boolean | undefined;
  /** What may be chosen where a person starts the workflow. */
  readonly options?: readonly string[];
  /** Whether it is the action's own, and goes to it as it is. */
  readonly own: boolean;
}

/** The ids of the login: a workflow takes them from its GitHub environment where they are not given. */
const variables: Readonly<Record<string, string>> = {
  'client-id': 'AZURE_CLIENT_ID',
  'tenant-id': 'AZURE_TENANT_ID',
  'subscription-id': 'AZURE_SUBSCRIPTION_ID',
};

/** Inputs that are the same for every command of the action. */
export const login = Object.keys(variables);

/** What the workflows ask beside the inputs of the action. */
const additions: Readonly<Record<string, Offer>> = Object.fromEntries(
  [
    addition(
      'runner',
      'Label of the runner; for vantage direct, one that stands inside the network.',
      'ubuntu-24.04',
    ),
    addition(
      'github-environment',
      "GitHub environment, whose rules say who must approve, and whose identity may change Azure; empty takes the environment's name.",
      '',
    ),
    addition(
      'use-github-environment',
      'GitHub environment for what follows the deploy, where that is to be approved by others or by nobody; empty takes the one of the deploy.',
      '',
    ),
    addition('train', 'Whether to train a model after the proof.', true),
    addition('smoke', 'Whether to ask the inference service at the end.', true),
  ].map((offer) => [offer.name, offer]),
);

/** For workflows whose identity only reads. */
export const readingEnvironment = addition(
  'github-environment',
  'GitHub environment whose identity only reads; empty takes <environment>-plan.',
  '',
);

/** An input of a workflow that is none of the action. */
export function addition(
  name: string,
  description: string,
  initial: string | number | boolean | undefined,
  options?: readonly string[],
): Offer {
  const type = typeof (initial ?? '') as Offer['type'];
  const choice = options === undefined ? {} : { options };
  return { name, description, type, default: initial, own: false, ...choice };
}

const fields = new Map(
  Object.entries<Field<unknown>>(schema).map(([key, field]) => [inputName(key), field]),
);

/** The input of that name, as the schema of the action has it, or one of the workflows' own. */
export function offer(name: string): Offer {
  const own = fields.get(name);
  const added = additions[name];
  if (added !== undefined) return added;
  if (own === undefined) throw new Error(`${name} is no input of the action, nor of a workflow`);
  const variable = variables[name];
  const said = variable === undefined ? '' : ` Empty takes the variable ${variable}.`;
  const description = `${own.description} (${own.rule})${said}`;
  const initial = variable === undefined ? own.default : '';
  const base = { name, description, own: true } as const;
  if (own.rule === 'true or false')
    return { ...base, type: 'boolean', default: initial === 'true' };
  if (/^[1-9]\d*$/.test(initial ?? ''))
    return { ...base, type: 'number', default: Number(initial) };
  const choices = /^one of (.+)$/.exec(own.rule)?.[1]?.split(', ');
  const options = choices === undefined ? {} : { options: choices };
  return { ...base, type: 'string', default: initial, ...options };
}

/** What stands under `with:` for the action: each of its inputs, from the workflow's. */
export function passed(offers: readonly Offer[], names: readonly string[], nobody = ''): string {
  return names
    .filter((name) => offers.some((one) => one.own && one.name === name))
    .map((name) => {
      const variable = variables[name];
      const fallback = variable === undefined ? '' : ` || vars.${variable}${nobody}`;
      return `${name}: \${{ inputs.${name}${fallback} }}`;
    })
    .join('\n');
}

/** The inputs of `workflow_call`. */
export function callInputs(offers: readonly Offer[]): string {
  return offers.map((one) => inputBlock(one, one.type, [])).join('\n');
}

/** The inputs of `workflow_dispatch`, at most 25: the ids stay away, they are variables of the GitHub environment. */
export function dispatchInputs(offers: readonly Offer[]): string {
  const shown = offers.filter(({ name }) => !login.includes(name));
  return shown
    .map((one) =>
      one.options === undefined
        ? inputBlock(one, one.type, [])
        : inputBlock(one, 'choice', [`options: [${one.options.join(', ')}]`]),
    )
    .join('\n');
}

function inputBlock(one: Offer, type: string, more: readonly string[]): string {
  const initial = one.default === undefined ? 'required: true' : `default: ${scalar(one.default)}`;
  const lines = [`description: ${scalar(one.description)}`, `type: ${type}`, initial, ...more];
  return `${one.name}:\n${indent(lines.join('\n'), 2)}`;
}
