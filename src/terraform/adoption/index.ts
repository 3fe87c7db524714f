import type { Arm } from '../../azure/arm.ts';
import { Problem } from '../../errors.ts';
import type { Toolbox } from '../../toolbox/index.ts';
import { textOf, valueAt } from '../json.ts';
import type { PlanFile, Terraform } from '../index.ts';
import type { Change, Plan } from '../plan-file.ts';
import { readPlan } from '../plan-file.ts';
import { groupOf } from '../resource-ids.ts';
import type { Identity, Planned } from './identities.ts';
import { identities, pathIn, pathOf, sameId } from './identities.ts';
import type { Candidate, Owner } from './proof.ts';
import { objection } from './proof.ts';

/** What exists already and is taken into the state by an import block. */
export interface Import {
  readonly address: string;
  readonly id: string;
}

/** A plan in which nothing is created that is there already. */
export interface Healed {
  readonly file: PlanFile;
  readonly plan: Plan;
  readonly adopted: readonly Import[];
  /** Addresses that Terraform had marked as damaged though Azure has finished them. */
  readonly mended: readonly string[];
}

/** Whose environment is healed. */
export interface Patient {
  readonly environment: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
}

/** A child is found once its parent's id is known; the configuration is four levels deep. */
const MOST_ROUNDS = 8;

/**
 * Heals what a run left that was cut off: resources that Azure went on to make and the state does
 * not know are taken over, and what Terraform marked as damaged though it is whole keeps living.
 * Only what is provably this environment's; anything else is named in a Problem, before anything is
 * applied. `plan` makes a plan anew. Whatever it does can be done again.
 */
export async function heal(
  first: PlanFile,
  terraform: Pick<Terraform, 'adopt' | 'untaint'>,
  plan: () => Promise<PlanFile>,
  patient: Patient,
  arm: Arm,
  tools: Pick<Toolbox, 'clock' | 'log'>,
): Promise<Healed> {
  const adopted: Import[] = [];
  const mended: string[] = [];
  let file = first;
  for (let round = 0; ; round += 1) {
    const now = readPlan(file.json);
    const owner = ownerOf(patient, now, adopted);
    const { found, unproved } = await orphansOf(now, owner, arm, tools);
    const whole = await wholeOf(now, owner, arm, tools);
    if (found.length + whole.length === 0) {
      if (unproved.length > 0) throw notOurs(unproved);
      return { file, plan: now, adopted, mended };
    }
    if (round === MOST_ROUNDS) throw endless(found, whole);
    for (const { address, id } of found) {
      tools.log.info(`${address} is there already, made by an earlier run: taken over (${id}).`);
    }
    adopted.push(...found);
    if (found.length > 0) await terraform.adopt(adopted);
    for (const address of whole) {
      await terraform.untaint(address);
      tools.log.info(`${address} was marked as damaged, and is whole: kept.`);
    }
    mended.push(...whole);
    file = await plan();
  }
}

function ownerOf(
  { environment, ...place }: Patient,
  plan: Plan,
  adopted: readonly Import[],
): Owner {
  const group = groupOf(place);
  const known = [...plan.resources.map(({ id }) => id), ...adopted.map(({ id }) => id)];
  const imported = plan.changes.map(({ importedFrom }) => importedFrom);
  const ids = new Set([...known, ...imported].flatMap((id) => id?.toLowerCase() ?? []));
  return { environment, group, isKnown: (id) => ids.has(id.toLowerCase()) };
}

/** What a plan would create and Azure has. */
interface Orphans {
  /** Proved to be ours. */
  readonly found: readonly Import[];
  /**
   * What the next plan may prove: it has to be joined with something that has no id in this one, for
   * that is an orphan as well. A line each, with what speaks against it so far.
   */
  readonly unproved: readonly string[];
}

/** Throws a Problem where something is there that cannot be ours. */
async function orphansOf(
  plan: Plan,
  owner: Owner,
  arm: Arm,
  tools: Pick<Toolbox, 'clock' | 'log'>,
): Promise<Orphans> {
  const creations = plan.changes.filter(({ action }) => action === 'create');
  if (creations.length === 0 || (await groupIsMissing(owner, arm))) {
    return { found: [], unproved: [] };
  }
  const there = (
    await Promise.all(creations.map((change) => candidateOf(change, owner, arm)))
  ).flatMap((one) => one ?? []);
  const judged = await Promise.all(
    there.map(async (candidate) => ({
      candidate,
      why: await objection(candidate, withAll(there, owner), arm, tools),
    })),
  );
  const against = (one: (candidate: Candidate) => boolean): string[] =>
    judged.flatMap(({ candidate, why }) =>
      why !== undefined && one(candidate)
        ? [`  ${candidate.address}: ${candidate.path}: ${why}`]
        : [],
    );
  const refused = against((candidate) => !isTooEarly(candidate));
  if (refused.length > 0) throw notOurs(refused);
  const found = judged.flatMap(({ candidate: { address, identity, path, planned }, why }) =>
    why === undefined ? [{ address, id: identity.importId?.(path, planned) ?? path }] : [],
  );
  return { found, unproved: against(isTooEarly) };
}

/** Whether that with which it is to be compared is not known yet. */
function isTooEarly({ identity: { matches }, planned }: Candidate): boolean {
  return matches !== undefined && planned(matches.argument) === undefined;
}

/** Parents and children may be found in one go: each is proved by itself, and none is taken if one is refused. */
function withAll(there: readonly Candidate[], owner: Owner): Owner {
  const isThere = (id: string): boolean =>
    there.some(({ path, identity }) => identity.tagged && sameId(path, id));
  return { ...owner, isKnown: (id) => owner.isKnown(id) || isThere(id) };
}

async function groupIsMissing({ group }: Owner, arm: Arm): Promise<boolean> {
  const api = identities['azurerm_resource_group']?.api ?? '';
  return (await arm.get(group, api)) === undefined;
}

async function candidateOf(
  change: Change,
  { group }: Owner,
  arm: Arm,
): Promise<Candidate | undefined> {
  const identity = identities[change.type];
  if (identity === undefined) return undefined;
  const planned = plannedBy(change);
  const path = pathOf(identity, group, planned);
  if (path === undefined) return undefined;
  const found = await arm.get(path, identity.api);
  if (found === undefined || identity.exists?.(found) === false) return undefined;
  return { address: change.address, type: change.type, identity, path, planned };
}

/** What Terraform would replace as damaged, though Azure has it whole. */
async function wholeOf(
  plan: Plan,
  owner: Owner,
  arm: Arm,
  tools: Pick<Toolbox, 'clock' | 'log'>,
): Promise<readonly string[]> {
  const tainted = plan.changes.filter(({ reason }) => reason === 'replace_because_tainted');
  const judged = await Promise.all(
    tainted.map(async (change) => {
      const { address, type } = change;
      const before = plan.resources.find((one) => one.address === address)?.values;
      const planned = plannedBy(change, before);
      const identity = identities[type];
      const path = identity && pathIn(identity, change.id ?? '');
      if (identity === undefined || path === undefined) return [];
      // It is in the state already, with whatever it holds.
      const plain: Identity = { path, api: identity.api, tagged: identity.tagged };
      const candidate: Candidate = { address, type, identity: plain, path, planned };
      const why = await objection(candidate, owner, arm, tools);
      return why === undefined ? [address] : [];
    }),
  );
  return judged.flat();
}

/** The planned texts of a change, by argument; what the change leaves as it is, it has from `before`. */
function plannedBy({ attributes }: Change, before?: unknown): Planned {
  const changing = new Set(attributes.map(({ path }) => path));
  const texts = new Map(
    attributes.flatMap(({ path, after }) => {
      const text = after.kind === 'value' ? textOf(JSON.parse(after.json)) : undefined;
      return text === undefined ? [] : [[path, text] as const];
    }),
  );
  return (argument) =>
    texts.get(argument) ?? (changing.has(argument) ? undefined : textOf(valueAt(before, argument)));
}

function notOurs(refused: readonly string[]): Problem {
  return new Problem(
    `What this deploy would create is there already, and is not provably left by an earlier run of this environment:\n${refused.join('\n')}`,
    'find out whose it is. Delete it, or import it into the state by hand where it is to belong to this environment, and run again. Nothing was changed.',
    { anchor: 'already-exists' },
  );
}

function endless(found: readonly Import[], whole: readonly string[]): Problem {
  const names = [...found.map(({ address }) => address), ...whole].join(', ');
  return new Problem(
    `What an earlier run had made could not be taken over in ${MOST_ROUNDS} plans; still left: ${names}.`,
    'import it into the state by hand, and run again.',
    { anchor: 'already-exists' },
  );
}
