import { texts } from '../../inside/json-fields.ts';
import type { StoredResource, World } from '../../world.ts';

export const registryType = 'Microsoft.ContainerRegistry/registries';

/** The registry behind a login server such as `name.azurecr.io`, or undefined. */
export function registryAt(world: World, host: string): StoredResource | undefined {
  const name = /^([a-z0-9]+)\.azurecr\.io$/i.exec(host)?.[1]?.toLowerCase();
  return world.resources.ofType(registryType).find((one) => one.name.toLowerCase() === name);
}

/** Whether a registry holds an image, by `name:tag` or `name@digest`. */
export function holdsImage(registry: StoredResource, name: string): boolean {
  return texts(registry.hidden, 'images').includes(name);
}
