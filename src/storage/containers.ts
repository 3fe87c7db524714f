import { apis } from '../azure/api-versions.ts';
import type { Resource } from '../azure/arm.ts';
import type { Difference } from '../azure/difference.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { storageAccountOf } from '../terraform/resource-ids.ts';

/** Container of the training data, in the workspace's storage account. */
export const trainingContainer = 'datasets';

/** What the account holds. Images for the inference service have an account of their own (`src/images/`). */
export const containers = [trainingContainer] as const;

type Where = Pick<Outputs, 'subscriptionId' | 'resourceGroup' | 'storageAccountName'>;

/** ARM id of a container of the workspace's storage account. */
export function containerId(name: string, where: Where): string {
  return `${storageAccountOf(where)}/blobServices/default/containers/${name}`;
}

/**
 * Makes the containers that are missing, and closes one that is not private. They go through ARM, so
 * that nobody needs a way into the closed account; Terraform does not own them
 * (docs/decisions/0008). Says whether anything was done.
 */
export async function ensureContainers(
  outputs: Where,
  { arm }: Pick<Session, 'arm'>,
): Promise<{ readonly changed: boolean }> {
  const done = await Promise.all(
    containers.map(async (name) => {
      const id = containerId(name, outputs);
      if (isPrivate(await arm.get(id, apis.storage))) return false;
      await arm.put(id, apis.storage, { properties: { publicAccess: 'None' } });
      return true;
    }),
  );
  return { changed: done.includes(true) };
}

/** How the containers differ from what `ensureContainers` leaves behind. */
export async function checkContainers(
  outputs: Where,
  { arm }: Pick<Session, 'arm'>,
): Promise<Difference[]> {
  const found = await Promise.all(
    containers.map(
      async (name) => [name, await arm.get(containerId(name, outputs), apis.storage)] as const,
    ),
  );
  return found.flatMap(([resource, container]): Difference[] => {
    if (isPrivate(container)) return [];
    if (container === undefined) {
      return [{ resource, attribute: 'existence', wanted: 'exists', found: 'does not exist' }];
    }
    const attribute = 'properties.publicAccess';
    return [
      {
        resource,
        attribute,
        wanted: 'None',
        found: String(container.properties?.['publicAccess']),
      },
    ];
  });
}

function isPrivate(container: Resource | undefined): boolean {
  return container !== undefined && (container.properties?.['publicAccess'] ?? 'None') === 'None';
}
