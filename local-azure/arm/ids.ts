/** The form under which ids are compared: Azure's ids know no case. */
export function keyOf(id: string): string {
  return id.toLowerCase().replace(/\/+$/, '');
}

/** True where two ids name the same thing. */
export function sameId(one: string, other: string): boolean {
  return keyOf(one) === keyOf(other);
}

/** True where `id` is `scope` itself or lies below it. The scope `/` holds everything. */
export function isWithin(id: string, scope: string): boolean {
  const within = keyOf(id);
  const around = keyOf(scope);
  return within === around || within.startsWith(`${around}/`);
}

/** The last part of an id. */
export function nameOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

/** The id of the resource group an id lies in, as spelt there, or undefined. */
export function groupIdOf(id: string): string | undefined {
  return /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i.exec(id)?.[0];
}

/** The resource type of an id (of its last provider), such as Microsoft.Network/virtualNetworks/subnets. */
export function typeOf(id: string): string {
  const at = id.toLowerCase().lastIndexOf('/providers/');
  if (at < 0) return groupIdOf(id) === undefined ? 'subscriptions' : 'resourceGroups';
  const [namespace = '', ...rest] = id.slice(at + '/providers/'.length).split('/');
  return [namespace, ...rest.filter((_, index) => index % 2 === 0)].join('/');
}

/** The resource above a nested one, or undefined for one that stands directly in its scope. */
export function parentOf(id: string): string | undefined {
  if (typeOf(id).split('/').length <= 2) return undefined;
  return id.split('/').slice(0, -2).join('/');
}

/** `Microsoft.Network/virtualNetworks/subnets` + `vnet/default` as the path `virtualNetworks/vnet/subnets/default`. */
export function pathBelowProvider(type: string, names: string): string {
  const [, ...types] = type.split('/');
  const parts = names.split('/');
  return types.map((part, index) => `${part}/${parts[index] ?? ''}`).join('/');
}
