import type { Difference } from '../azure/difference.ts';
import type { Send } from '../azure/exchange.ts';
import { AzureProblem } from '../azure/explain.ts';
import { farewellTools } from '../azure/farewell.ts';
import { ensureGroup, findGroup, removeGroup } from '../azure/groups.ts';
import { isLost } from '../azure/patience.ts';
import { scopes } from '../azure/pipeline.ts';
import { assignRole, builtInRoles } from '../azure/roles.ts';
import { waitUntil } from '../azure/waiting.ts';
import { Problem } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import { claimsOf, principalTypeOf } from '../login/claims.ts';
import type { Session } from '../login/session.ts';
import { namesOf } from '../names.ts';
import type { Secret } from '../secret.ts';
import type { Toolbox } from '../toolbox/index.ts';
import {
  accountDifferences,
  accountId,
  containers,
  ensureAccount,
  findAccount,
  stateTags,
} from './account.ts';
import type { Place } from './account.ts';
import { blobHost, openBlobs, openStorageLine } from './blobs.ts';
import type { Blobs } from './blobs.ts';
import { openLease } from './lock/lease.ts';
import type { StateLease } from './lock/lease.ts';
import { shareForReading } from './share.ts';

type StateSettings = Pick<Settings, 'environment' | 'location'>;

/** Where Terraform keeps its state, and the small store beside it. */
export interface State {
  /** Values for `-backend-config`; the login comes by the child's environment. */
  readonly backend: Readonly<Record<string, string>> & { readonly key: string };
  /** The container of the state; the key of the state itself is `backend.key`. */
  readonly blobs: Blobs;
  /** Terraform's lock on the state. */
  readonly lock: StateLease;
  /** Both for a last word of a run that is cancelled: for four seconds from now on. */
  farewell(): Pick<State, 'blobs' | 'lock'>;
  /** Packages on their way to the web app, apart from the state. */
  readonly packages: Blobs & {
    /** A secret address from which that one blob can be read, over https, for so many minutes. */
    shareForReading(name: string, minutes: number): Promise<Secret>;
  };
}

/** How long a new role may take to work in the storage service. */
const roleDeadline = 600;

/** The state's store as it is; undefined before the first deploy. */
export async function stateOf(
  session: Session,
  settings: StateSettings,
  tools: Toolbox,
): Promise<State | undefined> {
  const place = placeOf(session, settings);
  return (await findAccount(session.arm, place)) && openState(session, place, tools);
}

/**
 * The state's store, made on first use: group, account, containers, and the role for this login.
 * Returns when the store answers this login. May be run again at any time; it resumes.
 */
export async function ensureState(
  session: Session,
  settings: StateSettings,
  tools: Toolbox,
): Promise<State> {
  const place = placeOf(session, settings);
  const state = openState(session, place, tools);
  const account = await findAccount(session.arm, place);
  if (account !== undefined && (await answers(state))) {
    await putBack(session, { ...place, location: account.location ?? place.location }, tools);
    return state;
  }
  const { group, location, environment } = place;
  const home = await ensureGroup(
    session,
    { name: group, location, tags: stateTags(environment) },
    tools,
  );
  tools.log.info(`The state of "${environment}" is kept in storage account ${place.account}.`);
  await ensureAccount(session.arm, { ...place, location: home.location });
  if (!(await answers(state))) await giveRole(session, place, tools);
  await waitUntil(
    `Access to storage account ${place.account}`,
    async () => ((await answers(state)) ? true : undefined),
    roleDeadline,
    tools,
  );
  return state;
}

/** How the state's store differs from what `ensureState` leaves behind; only reads. */
export function checkState(
  session: Session,
  settings: StateSettings,
): Promise<readonly Difference[]> {
  return accountDifferences(session.arm, placeOf(session, settings));
}

/** What somebody has opened of the account is closed again. */
async function putBack(session: Session, place: Place, tools: Toolbox): Promise<void> {
  const changed = await accountDifferences(session.arm, place);
  if (changed.length === 0) return;
  const list = changed.map(
    ({ resource, attribute, found }) => `${attribute} of ${resource} was ${found}`,
  );
  tools.log.warn(`The storage account of the state is put back: ${list.join('; ')}.`);
  await ensureAccount(session.arm, place);
}

/** Deletes the state's store with its group, for good; only a group that this product has marked. */
export async function removeState(
  session: Session,
  settings: StateSettings,
  tools: Toolbox,
): Promise<void> {
  const place = placeOf(session, settings);
  const group = await findGroup(session, place.group, tools);
  if (group === undefined) return;
  if (group.tags['innereye-environment'] !== place.environment) {
    throw new Problem(
      `The resource group ${place.group} does not carry the tag innereye-environment=${place.environment}, so it was not deleted.`,
      'look at what is in it. If it is the state of this environment, delete it by hand, or set the tag and run again.',
      { anchor: 'state' },
    );
  }
  await removeGroup(session, place.group, tools);
}

function placeOf({ subscriptionId }: Session, { environment, location }: StateSettings): Place {
  const { stateGroup, stateAccount } = namesOf(environment, subscriptionId);
  return { subscriptionId, environment, location, group: stateGroup, account: stateAccount };
}

function openState(session: Session, place: Place, tools: Toolbox): State {
  const { account, environment } = place;
  const send = openStorageLine(session, tools);
  const container = containers.packages;
  const stateBy = (line: Send): Pick<State, 'blobs' | 'lock'> => ({
    blobs: openBlobs(line, account, containers.state),
    lock: openLease(
      `https://${blobHost(account)}/${containers.state}/${environment}.tfstate`,
      line,
    ),
  });
  return {
    backend: {
      storage_account_name: account,
      container_name: containers.state,
      key: `${environment}.tfstate`,
      use_azuread_auth: 'true',
    },
    ...stateBy(send),
    farewell: () => stateBy(openStorageLine(session, farewellTools(tools))),
    packages: {
      ...openBlobs(send, account, container),
      shareForReading: (blob, minutes) =>
        shareForReading({ account, container, blob, minutes }, send, tools),
    },
  };
}

/** Whether this login can read the store by now: not before its name and the role are known everywhere. */
async function answers({ blobs }: State): Promise<boolean> {
  try {
    await blobs.list('.');
    return true;
  } catch (error) {
    if (error instanceof AzureProblem && [401, 403, 404].includes(error.status)) return false;
    if (isLost(error)) return false;
    throw error;
  }
}

async function giveRole(session: Session, place: Place, tools: Toolbox): Promise<void> {
  const token = await session.credential.getToken(scopes.management);
  await assignRole(
    session.arm,
    {
      scope: accountId(place),
      principalId: session.principalId,
      principalType: principalTypeOf(claimsOf(token?.token ?? '')),
      roleId: builtInRoles.storageBlobDataContributor,
    },
    tools,
  );
}
