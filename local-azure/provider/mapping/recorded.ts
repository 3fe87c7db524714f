import type { JsonMap, Json } from './json.ts';
import { Failure } from '../azure/failure.ts';
import recorded from '../facts/recorded-paths.json' with { type: 'json' };
import { isJsonMap } from './json.ts';

/** ARM type → the paths that its recorded bodies have. */
const known = recorded as Readonly<Record<string, readonly string[]>>;

/** The ARM type that an id names, children included: "Microsoft.Network/virtualNetworks/subnets". */
export function armTypeOf(id: string): string {
  const after = id.split('/providers/').pop() as string;
  if (!id.includes('/providers/')) return 'Microsoft.Resources/resourceGroups';
  const [namespace, ...rest] = after.split('/');
  return [namespace, ...rest.filter((_, index) => index % 2 === 0)].join('/');
}

/** Every path in `body`: objects by dots, lists by `[]`. Empty objects and lists are paths too. */
export function pathsOf(body: Json, prefix = ''): string[] {
  if (Array.isArray(body)) {
    return [
      `${prefix}[]`,
      ...body
        .filter((item) => typeof item === 'object')
        .flatMap((item) => pathsOf(item, `${prefix}[]`)),
    ];
  }
  if (!isJsonMap(body)) return [prefix];
  const inside = Object.entries(body).flatMap(([name, value]) =>
    pathsOf(value ?? null, prefix === '' ? name : `${prefix}.${name}`),
  );
  return prefix === '' ? inside : [prefix, ...inside];
}

function isKnown(path: string, paths: readonly string[]): boolean {
  if (paths.includes(path)) return true;
  // `tags.*`: below such a path the names are the user's own.
  return paths.some((each) => each.endsWith('.*') && path.startsWith(each.slice(0, -1)));
}

/**
 * Refuses a body with a path that the real provider was never seen to send for this type: then it is
 * this provider that is wrong, and a green result would prove nothing.
 */
export function checkRecorded(resourceType: string, id: string, body: JsonMap): void {
  const armType = armTypeOf(id);
  const paths = known[armType.toLowerCase()];
  if (paths === undefined) {
    throw new Failure(
      `${resourceType}: no recorded request of the real provider goes to ${armType}: not in the recording.`,
    );
  }
  const strange = pathsOf(body).filter((path) => !isKnown(path, paths));
  if (strange.length === 0) return;
  throw new Failure(
    `${resourceType}: ${strange.join(', ')} of ${armType}: not in the recording.`,
    'The stand-in provider sends only what the real azurerm provider was recorded to send.',
  );
}

/** `body` without the paths that the real provider was never seen to send for this type. */
export function onlyRecorded(id: string, body: JsonMap): JsonMap {
  const paths = known[armTypeOf(id).toLowerCase()] ?? [];
  const kept = (json: Json, prefix: string): Json => {
    if (!isJsonMap(json)) return json;
    const entries = Object.entries(json).map(
      ([name, value]) => [prefix === '' ? name : `${prefix}.${name}`, name, value ?? null] as const,
    );
    return Object.fromEntries(
      entries
        .filter(([path, , value]) => isKnown(Array.isArray(value) ? `${path}[]` : path, paths))
        .map(([path, name, value]) => [name, kept(value, path)]),
    );
  };
  return kept(body, '') as JsonMap;
}
