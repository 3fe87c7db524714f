import type { StoredResource, World } from '../world.ts';
import { badRequest } from './errors.ts';
import { isWithin, sameId } from './ids.ts';
import { asObject, asText, at, isObject, textsIn } from './json.ts';
import type { Json } from './json.ts';

/** The resources of `types` (all, without them) that name `id`, or something below it, anywhere in their properties. A deployment is a record and holds on to nothing. */
export function referrersOf(world: World, id: string, types?: readonly string[]): StoredResource[] {
  return world.resources
    .all()
    .filter((resource) => !isWithin(resource.id, id))
    .filter(({ type }) => types === undefined || types.some((wanted) => sameId(wanted, type)))
    .filter(({ type }) => !sameId(type, 'Microsoft.Resources/deployments'))
    .filter((resource) => mentions(resource.properties, id));
}

/** True where some text in the value is the id or lies below it. */
export function mentions(value: unknown, id: string): boolean {
  for (const text of textsIn(value)) {
    if (text.startsWith('/') && isWithin(text, id)) return true;
  }
  return false;
}

/** Members whose `{ "id": … }` names a resource of Microsoft.Network that has to be there. */
const REFERENCES: ReadonlySet<string> = new Set([
  'subnet',
  'virtualNetwork',
  'publicIPAddress',
  'networkSecurityGroup',
  'routeTable',
  'firewallPolicy',
]);

/** Refuses a body that refers to a network resource which is not there, as Microsoft.Network does. */
export function checkReferences(world: World, body: Json, referrer: string): void {
  for (const id of referencesIn(body)) {
    if (world.resources.get(id) !== undefined) continue;
    throw badRequest(
      'InvalidResourceReference',
      `Resource ${id} referenced by resource ${referrer} was not found. Please make sure that the ` +
        'referenced resource exists, and that both resources are in the same region.',
    );
  }
}

/** `{ id }` of a member as a text, or undefined. */
export function referenceAt(value: unknown, path: string): string | undefined {
  return asText(at(value, `${path}.id`));
}

function* referencesIn(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const inner of value) yield* referencesIn(inner);
  if (!isObject(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    const id = REFERENCES.has(name) ? asText(asObject(inner)['id']) : undefined;
    if (id === undefined) yield* referencesIn(inner);
    else yield id;
  }
}
