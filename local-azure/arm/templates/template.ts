import { asObject, asObjects, isObject } from '../json.ts';
import type { Json } from '../json.ts';
import { invalidTemplate } from './expression.ts';
import { resolveParameters } from './parameters.ts';
import { evaluateAll } from './scope.ts';
import type { Scope, Surroundings } from './scope.ts';

/** A template with its parameters, ready to be unfolded. */
export interface OpenTemplate {
  readonly scope: Scope;
  readonly parameters: ReadonlyMap<string, unknown>;
  readonly resources: readonly Json[];
  readonly outputs: Json;
  readonly template: Json;
}

/** What `reference` and `list…` know while a template is opened: nothing has been deployed yet. */
export interface Runtime {
  reference(target: string, full: boolean): unknown;
  list(action: string, target: string): unknown;
}

/** Checks a template and its parameters and gives the scope of its expressions. Throws InvalidTemplate. */
export function openTemplate(
  template: Json,
  given: Json,
  surroundings: Surroundings,
  runtime: Runtime,
): OpenTemplate {
  if (template['$schema'] === undefined || template['contentVersion'] === undefined) {
    throw invalidTemplate(
      "The template must contain the properties '$schema' and 'contentVersion'",
    );
  }
  const variables = asObject(template['variables']);
  const parameters = new Map<string, unknown>();
  const scope: Scope = {
    surroundings,
    ...runtime,
    parameter: (name) => {
      if (parameters.has(name.toLowerCase())) return parameters.get(name.toLowerCase());
      throw invalidTemplate(`The template parameter '${name}' is not found`);
    },
    variable: variableReader(variables, () => scope),
  };
  const resolved = resolveParameters(asObject(template['parameters']), given, (value) =>
    evaluateAll(value, scope),
  );
  for (const [name, value] of resolved) parameters.set(name, value);
  const outputs = asObject(template['outputs']);
  return { scope, parameters, resources: listOf(template['resources']), outputs, template };
}

/** Variables are evaluated when they are first used; one that needs itself is refused. */
function variableReader(variables: Json, scope: () => Scope): (name: string) => unknown {
  const known = new Map<string, unknown>();
  const open = new Set<string>();
  return (asked) => {
    const name = Object.keys(variables).find((each) => each.toLowerCase() === asked.toLowerCase());
    if (name === undefined) throw invalidTemplate(`The template variable '${asked}' is not found`);
    if (open.has(name)) throw invalidTemplate(`Circular reference detected in variable '${name}'`);
    if (!known.has(name)) {
      open.add(name);
      known.set(name, evaluateAll(variables[name], scope()));
      open.delete(name);
    }
    return known.get(name);
  };
}

/** Resources as a list; in templates with symbolic names each keeps its own. */
function listOf(resources: unknown): Json[] {
  if (!isObject(resources)) return asObjects(resources);
  return Object.entries(resources).map(([symbol, resource]) => ({
    ...asObject(resource),
    __symbol: symbol,
  }));
}
