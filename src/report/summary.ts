import type { Action, Change, Plan } from '../terraform/plan-file.ts';

/** How many resources a plan treats in which way. */
export interface Counts {
  readonly adds: number;
  readonly updates: number;
  readonly replaces: number;
  readonly deletes: number;
  readonly imports: number;
  readonly forgets: number;
  readonly moves: number;
}

/** Counts the changes of a plan. An import that also changes something counts as both. */
export function countsOf({ changes }: Pick<Plan, 'changes'>): Counts {
  const of = (action: Action): number =>
    changes.filter((change) => change.action === action).length;
  return {
    adds: of('create'),
    updates: of('update'),
    replaces: of('replace'),
    deletes: of('delete'),
    imports: changes.filter(({ importedFrom }) => importedFrom !== undefined).length,
    forgets: of('forget'),
    moves: changes.filter(({ movedFrom }) => movedFrom !== undefined).length,
  };
}

const words: readonly (readonly [keyof Counts, string])[] = [
  ['adds', 'to add'],
  ['updates', 'to change'],
  ['replaces', 'to replace'],
  ['deletes', 'to delete'],
  ['imports', 'to import'],
  ['forgets', 'to forget'],
  ['moves', 'to move'],
];

/** `1 to add, 2 to change, 1 to delete`, or `no changes`. */
export function countsLine(counts: Counts): string {
  const parts = words
    .filter(([name]) => counts[name] > 0)
    .map(([name, text]) => `${counts[name]} ${text}`);
  return parts.length === 0 ? 'no changes' : parts.join(', ');
}

/** Whether anything happens to the resource of a change. */
export function isEffective(change: Change): boolean {
  if (change.movedFrom !== undefined) return true;
  return change.action !== 'no-op' && change.action !== 'read';
}
