import { Failure } from './azure/failure.ts';
import { isSent } from './mapping/field.ts';
import type { Field } from './mapping/field.ts';
import { pathArguments } from './mapping/table.ts';
import type { Resource } from './sending.ts';
import { isMap } from './terraform/values.ts';
import type { Value, ValueMap } from './terraform/values.ts';

type Path = (string | number)[];

const ALWAYS = ['id', 'timeouts'];

function isConfigured(value: Value): boolean {
  return value !== null && !(Array.isArray(value) && value.length === 0);
}

function unmapped(
  fields: readonly Field[],
  names: readonly string[],
  values: ValueMap,
  path: Path,
): Path[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (!isConfigured(value) || names.includes(name)) return [];
    const field = fields.find((each) => each.tf === name && isSent(each));
    if (field === undefined) return [[...path, name]];
    if ((field.kind !== 'one' && field.kind !== 'many') || !Array.isArray(value)) return [];
    return value.flatMap((item, index) =>
      isMap(item) ? unmapped(field.fields, [], item, [...path, name, index]) : [],
    );
  });
}

/** Ids that are no ARM ids, in spite of their name. */
const OTHER_IDS = ['tenant_id', 'principal_id', 'client_id', 'object_id', 'role_definition_id'];

function isArmIdArgument(name: string): boolean {
  return /_ids?$/.test(name) && !OTHER_IDS.some((other) => name.endsWith(other));
}

function wrongIds(values: ValueMap, path: Path): Failure[] {
  return Object.entries(values).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((item) => {
      if (isMap(item)) return wrongIds(item, []);
      if (typeof item !== 'string' || !isArmIdArgument(name) || item.startsWith('/')) return [];
      const what = `parsing "${item}": \`${name}\` takes the ID of an Azure resource, which begins with a slash`;
      return [new Failure(what, '', [...path, name])];
    }),
  );
}

function wrongGroups(groups: readonly (readonly string[])[], values: ValueMap): Failure[] {
  return groups
    .filter((group) => group.filter((name) => isConfigured(values[name] ?? null)).length !== 1)
    .map((group) => new Failure(`exactly one of \`${group.join(',')}\` must be specified`));
}

/** What the SDK would refuse in a configuration: malformed ids, more or less than one of a group. */
export function mistakes(groups: readonly (readonly string[])[], config: ValueMap): Failure[] {
  return [...wrongIds(config, []), ...wrongGroups(groups, config)];
}

/** Every configured argument that this provider has no mapping for, as failures that name it. */
export function refusals(resource: Resource, config: ValueMap): Failure[] {
  const { table } = resource;
  const fields = [...table.fields, ...(table.parts ?? []).flatMap((part) => part.fields)];
  const names = [...ALWAYS, ...pathArguments(table.path), ...(table.accepts ?? [])];
  return unmapped(fields, names, config, []).map(
    (path) =>
      new Failure(
        `The stand-in provider has no mapping for "${path.filter((step) => typeof step === 'string').join('.')}" of ${resource.type}.`,
        'Add it to the table of this resource type, or leave the argument out: nothing is dropped silently.',
        path,
      ),
  );
}
