import { apis } from '../azure/api-versions.ts';
import type { Arm } from '../azure/arm.ts';

/** Seconds for which a script that has ended still stands for its run: so long may a run pause between two looks, or take to read what came. */
export const RESTING_SECONDS = 60;

/** Only run commands of this product are looked at; whatever else is on the machine is not ours. */
const OURS = /^innereye-[\w-]+$/;
const WOKE = 'innereye-woke';
const UNTIL = 'innereye-until';
const ended = new Set(['Succeeded', 'Failed', 'TimedOut', 'Canceled']);

/** A run command that another run, alive or not, has on the probe machine. */
export interface Entry {
  readonly path: string;
  /** `busy`: its script runs; `resting`: it has just ended; `over`: nobody waits for it any more. */
  readonly state: 'busy' | 'resting' | 'over';
  /** Whether its run has to put the machine back. */
  readonly woke: boolean;
}

/** What is noted on a run command, for other runs to read. */
export function tagsOf(woke: boolean, until: number): Record<string, string> {
  return { [WOKE]: woke ? 'yes' : 'no', [UNTIL]: new Date(until).toISOString() };
}

/**
 * The machine's run commands are the ledger of who uses it: ARM keeps it, every run reads it. Gives
 * the entries of other runs. `mine` are paths of this run's own.
 */
export async function readLedger(
  machine: string,
  mine: ReadonlySet<string>,
  arm: Arm,
  at: { readonly running: boolean; readonly now: number },
): Promise<Entry[]> {
  const listed = await arm.list<RunCommand>(`${machine}/runCommands`, apis.compute);
  const paths = listed
    .filter(({ name }) => OURS.test(name))
    .map(({ name }) => `${machine}/runCommands/${name}`)
    .filter((path) => !mine.has(path));
  const entries = await Promise.all(
    paths.map(async (path): Promise<Entry | undefined> => {
      // The list carries no state; each one's own view does.
      const one = await arm.get<RunCommand>(`${path}?$expand=instanceView`, apis.compute);
      // Off is how the machine rests: where a run noted nothing, it is taken for one that must put it back.
      return one && { path, state: stateOf(one, at), woke: one.tags?.[WOKE] !== 'no' };
    }),
  );
  return entries.filter((entry) => entry !== undefined);
}

function stateOf(
  { tags, properties }: RunCommand,
  { running, now }: { readonly running: boolean; readonly now: number },
): Entry['state'] {
  const view = properties?.instanceView ?? {};
  if (ended.has(view.executionState ?? '')) {
    const since = now - Date.parse(view.endTime ?? view.startTime ?? '');
    return since < RESTING_SECONDS * 1000 ? 'resting' : 'over';
  }
  if (!running) return 'over'; // no script runs on a machine that does not
  const start = Date.parse(view.startTime ?? '');
  const noted = Date.parse(tags?.[UNTIL] ?? '');
  const until = Number.isNaN(noted) ? start + (properties?.timeoutInSeconds ?? 0) * 1000 : noted;
  return now >= until ? 'over' : 'busy';
}

/** Microsoft.Compute/virtualMachines/runCommands, as far as it is used. */
export interface RunCommand {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: { readonly timeoutInSeconds?: number; readonly instanceView?: ScriptView };
}

/** instanceView of a managed run command (RunCommands_GetByVirtualMachine). */
export interface ScriptView {
  readonly executionState?: string;
  readonly exitCode?: number;
  readonly output?: unknown;
  readonly error?: unknown;
  readonly startTime?: string;
  readonly endTime?: string;
}
