import { apis } from '../../azure/api-versions.ts';
import type { Arm, Resource } from '../../azure/arm.ts';
import { waitUntil } from '../../azure/waiting.ts';
import type { Toolbox } from '../../toolbox/index.ts';
import { textOf, valueAt } from '../json.ts';
import type { Identity, Planned } from './identities.ts';
import { sameId, tagOf } from './identities.ts';

/** Something that the plan would create and that is there already. */
export interface Candidate {
  readonly address: string;
  readonly type: string;
  readonly identity: Identity;
  readonly path: string;
  readonly planned: Planned;
}

/** Whose something has to be to be taken over. */
export interface Owner {
  readonly environment: string;
  /** ARM id of the environment's resource group. */
  readonly group: string;
  /** Whether an ARM id is in the state, or was taken over before. */
  isKnown(id: string): boolean;
}

/** Azure's slowest creations (firewall, Bastion, workspace) take minutes; what is cut off goes on there. */
const DEADLINE_SECONDS = 1800;
const TAG = 'innereye-environment';

/**
 * Why something that is there is not provably this environment's, finished and without data; or
 * undefined where it is. What Azure is still making is waited for.
 */
export async function objection(
  { address, type, identity, path, planned }: Candidate,
  owner: Owner,
  arm: Arm,
  tools: Pick<Toolbox, 'clock' | 'log'>,
): Promise<string | undefined> {
  if (!isBelow(path, owner.group)) return 'it lies outside the resource group of the environment';
  const found = await settled(address, path, identity, arm, tools);
  if (typeof found === 'string') return found;
  const foreign = foreignTag(found, path, identity, owner);
  if (foreign !== undefined) return foreign;
  const { argument = '', differs } = identity.matches ?? {};
  const different = differs?.(found, planned(argument));
  if (different !== undefined) return different;
  if (type === 'azurerm_role_assignment') return otherRole(found, planned, arm);
  return held(path, identity, arm);
}

/** The resource once Azure has finished it; a text where it failed, or is gone. */
async function settled(
  address: string,
  path: string,
  { api }: Identity,
  arm: Arm,
  tools: Pick<Toolbox, 'clock' | 'log'>,
): Promise<Resource | string> {
  const look = async (): Promise<Resource | string | undefined> => {
    const found = await arm.get(path, api);
    if (found === undefined) return 'Azure was just deleting it; run again';
    const state = textOf(valueAt(found.properties, 'provisioningState')) ?? 'Succeeded';
    if (/^(Failed|Canceled)$/i.test(state)) return `its creation ended as ${state}; delete it`;
    return /^(Succeeded|Ready|ResolvedByUser)$/i.test(state) ? found : undefined;
  };
  const what = `${address}, which an earlier run began`;
  return waitUntil(what, look, DEADLINE_SECONDS, tools);
}

function foreignTag(
  found: Resource,
  path: string,
  { tagged }: Identity,
  owner: Owner,
): string | undefined {
  if (tagged) {
    const tag = tagOf(found, TAG);
    return tag === owner.environment ? undefined : `its tag ${TAG} is ${JSON.stringify(tag ?? '')}`;
  }
  const parent = parents(path).find((id) => owner.isKnown(id));
  return parent === undefined ? 'nothing that it lies below is in the state' : undefined;
}

/** The path and all that it lies below, the nearest first. */
function parents(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, at) => parts.slice(0, parts.length - at).join('/')).filter(Boolean);
}

async function otherRole(found: Resource, planned: Planned, arm: Arm): Promise<string | undefined> {
  const id = textOf(valueAt(found.properties, 'roleDefinitionId')) ?? '';
  const wanted = planned('role_definition_id');
  if (sameId(id, wanted)) return undefined;
  const role = id === '' ? undefined : await arm.get(id, apis.roles);
  const name = textOf(valueAt(role?.properties, 'roleName'));
  if (name !== undefined && name === planned('role_definition_name')) return undefined;
  return `it gives the role ${name ?? id}`;
}

async function held(path: string, { holds = [] }: Identity, arm: Arm): Promise<string | undefined> {
  for (const { what, collection, api, harmless } of holds) {
    const names = (await arm.list(`${path}/${collection}`, api)).map(({ name }) => name);
    const foreign = names.filter((name) => !harmless?.test(name));
    if (foreign.length > 0) {
      return `it holds ${what} already: ${foreign.slice(0, 3).join(', ')}${foreign.length > 3 ? ' and more' : ''}`;
    }
  }
  return undefined;
}

/** Whether an id is that of the group, or of something in it. */
function isBelow(path: string, group: string): boolean {
  return `${path}/`.toLowerCase().startsWith(`${group}/`.toLowerCase());
}
