import { randomUUID } from 'node:crypto';
import { nameOf, pathBelowProvider } from '../ids.ts';
import type { Json } from '../json.ts';
import { asText, isObject } from '../json.ts';
import {
  evaluate,
  invalidTemplate,
  isExpression,
  literalText,
  parseExpression,
} from './expression.ts';
import type { CallFunction, Lazy } from './expression.ts';
import { pureFunctions } from './functions.ts';

/** Where a deployment runs, as template functions show it. */
export interface Surroundings {
  readonly subscription: Json;
  readonly resourceGroup: Json;
  readonly deployment: Json;
  readonly deployer: Json;
  readonly tenantId: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What expressions of one template may refer to. */
export interface Scope {
  readonly surroundings: Surroundings;
  parameter(name: string): unknown;
  variable(name: string): unknown;
  /** `reference(…)`: properties of a resource, or all of it; throws where it is not known. */
  reference(target: string, full: boolean): unknown;
  /** `listKeys(…)` and its like. */
  list(action: string, target: string): unknown;
  /** The number of the copy that is being made, by the name of its loop. */
  readonly copies?: ReadonlyMap<string, number>;
}

/** Evaluates every expression in a JSON value. */
export function evaluateAll(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return evaluateText(value, scope);
  if (Array.isArray(value)) return value.map((inner) => evaluateAll(inner, scope));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      String(evaluateText(name, scope)),
      evaluateAll(inner, scope),
    ]),
  );
}

/** Evaluates one text: the value of its expression, or the text itself. */
export function evaluateText(text: string, scope: Scope): unknown {
  if (!isExpression(text)) return literalText(text);
  return evaluate(parseExpression(text), functionsOf(scope));
}

/** The functions of a scope, as the evaluator calls them. */
export function functionsOf(scope: Scope): CallFunction {
  return (name, args) => {
    const key = name.toLowerCase();
    if (key === 'if') return args[0]?.() === true ? args[1]?.() : args[2]?.();
    const own = scoped[key];
    if (own !== undefined) return own(scope, args);
    if (key.startsWith('list')) return scope.list(name, text(args, 0));
    const pure = pureFunctions[key];
    if (pure === undefined) throw invalidTemplate(`The template function '${name}' is not valid`);
    return pure(...args.map((arg) => arg()));
  };
}

type ScopedFunction = (scope: Scope, args: readonly Lazy[]) => unknown;

const scoped: Readonly<Record<string, ScopedFunction>> = {
  parameters: (scope, args) => scope.parameter(text(args, 0)),
  variables: (scope, args) => scope.variable(text(args, 0)),
  reference: (scope, args) => scope.reference(text(args, 0), args[2]?.() === 'Full'),
  subscription: ({ surroundings }) => surroundings.subscription,
  resourcegroup: ({ surroundings }) => surroundings.resourceGroup,
  deployment: ({ surroundings }) => surroundings.deployment,
  deployer: ({ surroundings }) => surroundings.deployer,
  tenant: ({ surroundings }) => ({ tenantId: surroundings.tenantId }),
  environment: () => ({
    name: 'AzureCloud',
    resourceManager: 'https://management.azure.com/',
    authentication: { loginEndpoint: 'https://login.microsoftonline.com/' },
    suffixes: {
      storage: 'core.windows.net',
      keyvaultDns: '.vault.azure.net',
      acrLoginServer: '.azurecr.io',
    },
  }),
  resourceid: ({ surroundings }, args) => resourceId(surroundings, texts(args)),
  subscriptionresourceid: ({ surroundings }, args) => {
    const [type = '', ...names] = fromType(texts(args));
    return `${String(surroundings.subscription['id'])}/providers/${typePath(type, names)}`;
  },
  tenantresourceid: (_scope, args) => {
    const [type = '', ...names] = texts(args);
    return `/providers/${typePath(type, names)}`;
  },
  extensionresourceid: (_scope, args) => {
    const [base = '', type = '', ...names] = texts(args);
    return `${base}/providers/${typePath(type, names)}`;
  },
  copyindex: (scope, args) =>
    copyIndex(
      scope,
      args.map((arg) => arg()),
    ),
  utcnow: ({ surroundings }) =>
    new Date(surroundings.now).toISOString().replaceAll(/[-:]|\.\d+/g, ''),
  newguid: () => randomUUID(),
};

function text(args: readonly Lazy[], index: number): string {
  return asText(args[index]?.()) ?? '';
}

function texts(args: readonly Lazy[]): string[] {
  return args.map((arg) => String(arg()));
}

/** `resourceId([subscription], [group], type, name…)`. */
function resourceId(surroundings: Surroundings, args: readonly string[]): string {
  const before = args.slice(
    0,
    args.findIndex((arg) => arg.includes('/')),
  );
  const [type = '', ...names] = fromType(args);
  const group = before.at(-1) ?? nameOf(String(surroundings.resourceGroup['id']));
  const subscription =
    before.length > 1
      ? `/subscriptions/${before[0] ?? ''}`
      : String(surroundings.subscription['id']);
  return `${subscription}/resourceGroups/${group}/providers/${typePath(type, names)}`;
}

function fromType(args: readonly string[]): readonly string[] {
  const at = args.findIndex((arg) => arg.includes('/'));
  if (at < 0) {
    throw invalidTemplate(
      `Unable to evaluate template language function 'resourceId': the type '${args[0] ?? ''}' is not a fully qualified resource type`,
    );
  }
  return args.slice(at);
}

function typePath(type: string, names: readonly string[]): string {
  const levels = type.split('/').length - 1;
  if (levels !== names.length) {
    throw invalidTemplate(
      `Unable to evaluate template language function 'resourceId': the type '${type}' requires '${levels}' resource name argument(s)`,
    );
  }
  return `${type.split('/')[0] ?? ''}/${pathBelowProvider(type, names.join('/'))}`;
}

function copyIndex(scope: Scope, args: readonly unknown[]): number {
  const loops = scope.copies ?? new Map<string, number>();
  const name = args.find((arg) => typeof arg === 'string');
  const offset = args.find((arg) => typeof arg === 'number') ?? 0;
  const index = name === undefined ? [...loops.values()].at(-1) : loops.get(name.toLowerCase());
  if (index === undefined) {
    throw invalidTemplate("The template function 'copyIndex' is not expected at this location");
  }
  return index + offset;
}
