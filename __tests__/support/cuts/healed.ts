import type { StepResult } from '../../../local-azure/demo/runner.ts';
import type { World } from '../../../local-azure/world.ts';
import type { Site } from '../site.ts';
import { createdBy } from './cut.ts';
import type { StateVersion, StateWatch } from './state-watch.ts';

/** An environment as an undisturbed deploy leaves it. */
export interface Whole {
  /** ARM ids, what is random in them left out. */
  readonly resources: readonly string[];
  readonly addresses: readonly string[];
}

export function wholeOf(world: World, state: StateWatch): Whole {
  const resources = world.resources
    .all()
    .map(({ id }) =>
      id.toLowerCase().replaceAll(/[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}/g, '*'),
    );
  const addresses = state.versions.at(-1)?.ids.keys() ?? [];
  return { resources: resources.sort(), addresses: [...addresses].sort() };
}

/** The ids of everything that Azure has, in lower case. */
export function idsIn(world: World): ReadonlySet<string> {
  return new Set(world.resources.all().map(({ id }) => id.toLowerCase()));
}

/** What a deploy takes over, by its log. */
export function takenOver(log: string): number {
  return log.split('made by an earlier run: taken over').length - 1;
}

/** Resources that a deploy says it created though Azure had them before it began. */
export function createdTwice(
  { log }: StepResult,
  before: ReadonlySet<string>,
  state: StateWatch,
): readonly string[] {
  const ids = state.versions.at(-1)?.ids;
  // An association has the id of what it joins.
  const isOwn = (address: string): boolean => !/^\w+_association\./.test(address);
  return [...createdBy(log)].filter(
    (address) => isOwn(address) && before.has(ids?.get(address) ?? ''),
  );
}

/**
 * What is wrong with an environment that a plain deploy has just finished; none where it is as
 * `whole` is, its plan is empty, and nothing was lost on the way.
 */
export async function problemsAfter(
  rerun: StepResult,
  site: Site,
  state: StateWatch,
  whole?: Whole,
): Promise<readonly string[]> {
  if (rerun.code !== 0) return [`the next run failed:\n${rerun.log.slice(-3000)}`];
  const problems: string[] = [];
  const { changes } = (await site.step('plan')).outputs;
  if (changes !== 'false') problems.push(`the plan afterwards is not empty (changes=${changes})`);
  const now = wholeOf(site.azure.world, state);
  const { resources, addresses } = whole ?? now;
  problems.push(...difference('in Azure', resources, now.resources));
  problems.push(...difference('in the state', addresses, now.addresses));
  problems.push(...problemsOfVersions(state.versions));
  const deleted = site.azure.journal.entries.filter(
    ({ method, host, status }) =>
      method === 'DELETE' && host === 'management.azure.com' && status < 300 && status > 0,
  );
  if (deleted.length > 0) problems.push(`deleted: ${deleted.map(({ path }) => path).join(', ')}`);
  if (state.isLocked()) problems.push('the state is locked in the end');
  return problems;
}

function difference(where: string, wanted: readonly string[], found: readonly string[]): string[] {
  const missing = without(wanted, found);
  const more = without(found, wanted);
  return [
    ...(missing.length > 0 ? [`missing ${where}: ${missing.join(', ')}`] : []),
    ...(more.length > 0 ? [`too much ${where}: ${more.join(', ')}`] : []),
  ];
}

/** The first list without one of each of the second. */
function without(from: readonly string[], these: readonly string[]): string[] {
  const left = [...from];
  for (const one of these) {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

function problemsOfVersions(versions: readonly StateVersion[]): string[] {
  const lineages = new Set(versions.map(({ lineage }) => lineage));
  const serials = versions.map(({ serial }) => serial);
  const isStuck = serials.some((serial, at) => at > 0 && serial <= (serials[at - 1] ?? 0));
  return [
    ...(lineages.size > 1 ? ['the state has begun anew (another lineage)'] : []),
    ...(isStuck ? [`the state's serial does not grow: ${serials.join(', ')}`] : []),
  ];
}
