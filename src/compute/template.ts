import type { Toolbox } from '../toolbox/index.ts';
import type { ComputeParameters } from './parameters.ts';

/** An ARM template, as far as this product looks into it. */
export interface Template {
  readonly parameters: Readonly<Record<string, { readonly defaultValue?: unknown }>>;
  readonly resources: readonly TemplateResource[];
}

export interface TemplateResource {
  readonly type: string;
  readonly properties?: { readonly computeType?: string };
}

/** The template that ships with the action. */
export async function readTemplate(files: Toolbox['files']): Promise<Template> {
  const text = await files.read(files.shipped('arm/computes.json'));
  if (text === undefined)
    throw new Error("arm/computes.json is missing from the action's checkout.");
  return JSON.parse(text) as Template;
}

/**
 * What the template sets at `path` of its compute of this type: a literal, or the value of the one
 * parameter that stands there. Undefined where it sets nothing that can be told without Azure.
 */
export function setByTemplate(
  template: Template,
  computeType: string,
  path: readonly string[],
  parameters: ComputeParameters,
): unknown {
  const resource = template.resources.find((one) => one.properties?.computeType === computeType);
  const value = valueAt(resource, path);
  if (typeof value !== 'string' || !value.startsWith('[')) return value;
  const name = /^\[parameters\('(\w+)'\)\]$/.exec(value)?.[1];
  if (name === undefined) return undefined;
  const given: Readonly<Record<string, unknown>> = { ...parameters };
  return given[name] ?? template.parameters[name]?.defaultValue;
}

/** The value below `root` along `path`; undefined where the path ends early. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}
