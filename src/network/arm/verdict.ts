import type { Evidence } from '../evidence.ts';

/** One row of what ARM says. */
export function row(
  check: string,
  subject: string,
  result: Evidence['result'],
  seen: string,
): Evidence {
  return { check, subject, from: 'arm', result, seen };
}

/** A hole where anything is wrong, else closed. */
export function judged(
  check: string,
  subject: string,
  wrong: readonly string[],
  fine: string,
): Evidence {
  return row(check, subject, wrong.length > 0 ? 'hole' : 'closed', wrong.join('; ') || fine);
}

/** A list without a single entry proves nothing. */
export function nothing(check: string, what: string): Evidence {
  return row(check, what, 'unproven', 'ARM lists none');
}

/** One row for each thing, or the one that says that nothing can be said. */
export function each<T>(
  check: string,
  what: string,
  things: readonly T[],
  judge: (thing: T) => Evidence | readonly Evidence[],
): readonly Evidence[] {
  return things.length === 0 ? [nothing(check, what)] : things.flatMap(judge);
}

/** How a setting that must be off reads: closed where it is, a hole where it is on, unproven where nobody says. */
export function mustBe(
  check: string,
  subject: string,
  setting: boolean | undefined,
  wanted: boolean,
  words: readonly [fine: string, wrong: string],
): Evidence {
  if (setting === undefined) return row(check, subject, 'unproven', 'ARM does not say');
  return setting === wanted
    ? row(check, subject, 'closed', words[0])
    : row(check, subject, 'hole', words[1]);
}
