import type { Toolbox } from '../toolbox/index.ts';
import { apis } from './api-versions.ts';
import { resourceClient } from './clients.ts';
import type { ClientLogin } from './clients.ts';
import { createArm } from './create-arm.ts';
import { AzureProblem } from './explain.ts';
import { explained } from './sdk-errors.ts';

type Tools = Pick<Toolbox, 'clock' | 'log' | 'cancelled'>;

export interface Group {
  readonly name: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A resource group, or undefined where there is none. */
export async function findGroup(
  login: ClientLogin,
  name: string,
  tools: Tools,
): Promise<Group | undefined> {
  const client = await resourceClient(login, tools);
  try {
    const group = await explained(`Reading resource group ${name}`, () =>
      client.resourceGroups.get(name),
    );
    return { name: group.name ?? name, location: group.location, tags: group.tags ?? {} };
  } catch (error) {
    if (error instanceof AzureProblem && error.status === 404) return undefined;
    throw error;
  }
}

/** Makes the group where it is missing; one that exists is left as it is. */
export async function ensureGroup(login: ClientLogin, wanted: Group, tools: Tools): Promise<Group> {
  const found = await findGroup(login, wanted.name, tools);
  if (found) return found;
  const client = await resourceClient(login, tools);
  await explained(`Creating resource group ${wanted.name}`, () =>
    client.resourceGroups.createOrUpdate(wanted.name, {
      location: wanted.location,
      tags: { ...wanted.tags },
    }),
  );
  return wanted;
}

/** Deletes a group with everything in it, and waits until it is gone; one that is gone already is fine. */
export async function removeGroup(login: ClientLogin, name: string, tools: Tools): Promise<void> {
  if (!(await findGroup(login, name, tools))) return;
  const arm = createArm(login.credential, tools);
  await arm.delete(
    `/subscriptions/${login.subscriptionId}/resourceGroups/${name}`,
    apis.resources,
    { what: `Deleting resource group ${name}`, deadlineSeconds: 3600 },
  );
}

/** What lies in a group, as id, name and type; empty where there is no such group. */
export async function resourcesIn(
  login: ClientLogin,
  group: string,
  tools: Tools,
): Promise<readonly { readonly id: string; readonly name: string; readonly type: string }[]> {
  const client = await resourceClient(login, tools);
  const found: { id: string; name: string; type: string }[] = [];
  try {
    await explained(`Listing resource group ${group}`, async () => {
      for await (const { id, name, type } of client.resources.listByResourceGroup(group)) {
        found.push({ id: id ?? '', name: name ?? '', type: type ?? '' });
      }
    });
  } catch (error) {
    if (error instanceof AzureProblem && error.status === 404) return [];
    throw error;
  }
  return found;
}
