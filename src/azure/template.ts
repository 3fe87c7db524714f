import type { Toolbox } from '../toolbox/index.ts';

/** An ARM template, as far as this product looks into it. */
export interface Template {
  readonly parameters: Readonly<Record<string, { readonly defaultValue?: unknown }>>;
  readonly resources: readonly TemplateResource[];
}

export interface TemplateResource {
  readonly type: string;
  readonly properties?: { readonly computeType?: string };
}

/** Values for a template by parameter name. */
export type Parameters = Readonly<Record<string, unknown>>;

/** The templates that ship with the action, below `arm/`. */
export const shippedTemplates = ['computes.json', 'images.json', 'images-datastore.json'] as const;

export type TemplateFile = (typeof shippedTemplates)[number];

/** One of the templates that ship with the action. */
export async function readShipped(
  name: TemplateFile,
  files: Pick<Toolbox['files'], 'read' | 'shipped'>,
): Promise<Template> {
  return JSON.parse(await shippedText(name, files)) as Template;
}

/** The same as text. */
export async function shippedText(
  name: TemplateFile,
  files: Pick<Toolbox['files'], 'read' | 'shipped'>,
): Promise<string> {
  const text = await files.read(files.shipped(`arm/${name}`));
  if (text === undefined) throw new Error(`arm/${name} is missing from the action's checkout.`);
  return text;
}

/**
 * What a template sets at `path` of its first resource that `fits`: a literal, or the value of the
 * one parameter that stands there. Undefined where it sets nothing that can be told without Azure.
 */
export function setIn(
  template: Template,
  fits: (resource: TemplateResource) => boolean,
  path: readonly string[],
  given: Parameters,
): unknown {
  return plainly(valueAt(template.resources.find(fits), path), template, given);
}

/** Whole values: a parameter inside a list or an object counts as well. */
function plainly(value: unknown, template: Template, given: Parameters): unknown {
  if (Array.isArray(value)) return value.map((one) => plainly(one, template, given));
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, one]) => [key, plainly(one, template, given)]);
    return Object.fromEntries(members) as unknown;
  }
  if (typeof value !== 'string' || !value.startsWith('[')) return value;
  const name = /^\[parameters\('(\w+)'\)\]$/.exec(value)?.[1];
  if (name === undefined) return undefined;
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
