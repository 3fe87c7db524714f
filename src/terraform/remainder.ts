import { createHash } from 'node:crypto';
import type { AttributeChange, Shown } from './attribute-changes.ts';
import type { Fingerprint, Kind } from './fingerprint.ts';
import { actionsOf, kinds, nameOf, ofKind, sameFingerprint } from './fingerprint.ts';
import { canonical, deepest } from './json.ts';
import type { Change, Plan } from './plan-file.ts';

/**
 * A reviewed plan whose apply has begun, kept beside the state until the apply has ended: an apply
 * that was cut off may then be finished without another review, and nothing else may.
 */
export interface BegunReview {
  readonly fingerprint: string;
  /** Digest of each kind of part that must not have moved meanwhile. */
  readonly settled: Readonly<Record<string, string>>;
  readonly actions: Readonly<Record<string, BegunAction>>;
}

/** One reviewed action: what it does, and by path what it sets; no value can be read from it. */
export interface BegunAction {
  readonly action: Change['action'];
  readonly id?: string;
  readonly sets: Readonly<Record<string, string>>;
}

/** An apply moves these by itself: some actions are done, outputs have values, the state is there. */
const moving: readonly Kind[] = ['the plan', 'the outputs', 'the state, which is another one'];

/** What is kept of a reviewed plan when its apply begins. */
export function begun(plan: Plan, fingerprint: Fingerprint): BegunReview {
  return {
    fingerprint: fingerprint.text,
    settled: settledOf(fingerprint),
    actions: Object.fromEntries(
      actionsOf(plan).map((change) => [nameOf(change), actionOf(change)]),
    ),
  };
}

/**
 * Whether this plan does nothing but what is left of the reviewed one. Each of its actions must be a
 * reviewed one that sets the same; a value that was not known then may be any. What an apply that was
 * cut off leaves half made counts as the reviewed creation: to take over what exists, and to replace
 * what Terraform marked as damaged. A replacement of which only the deletion was done must be
 * reviewed again: what of the resource was to stay as it was is not kept here.
 */
export function isRemainder(
  review: BegunReview,
  given: string,
  plan: Plan,
  now: Fingerprint,
): boolean {
  if (!sameFingerprint(review.fingerprint, given)) return false;
  if (canonical(review.settled) !== canonical(settledOf(now))) return false;
  return actionsOf(plan).every((change) => {
    const reviewed = review.actions[nameOf(change)];
    return reviewed !== undefined && isRestOf(change, reviewed);
  });
}

/** Reads what `JSON.stringify` made of a review; undefined for anything else. */
export function readReview(text: string | undefined): BegunReview | undefined {
  try {
    const review = JSON.parse(text ?? '') as Partial<BegunReview> | null;
    const isWhole =
      typeof review?.fingerprint === 'string' &&
      typeof review.settled === 'object' &&
      typeof review.actions === 'object';
    return isWhole ? (review as BegunReview) : undefined;
  } catch {
    return undefined;
  }
}

function settledOf({ parts }: Fingerprint): Readonly<Record<string, string>> {
  return Object.fromEntries(
    kinds
      .filter((kind) => !moving.includes(kind))
      .map((kind) => [kind, digest(canonical(ofKind(parts, kind)))]),
  );
}

function actionOf({ action, id, attributes }: Change): BegunAction {
  const sets = action === 'delete' || action === 'forget' ? [] : attributes;
  return {
    action,
    ...(id !== undefined && { id }),
    sets: Object.fromEntries(sets.flatMap(({ path, after }) => marks(path, after))),
  };
}

/** A value with all that is in it: a later plan may tell of a list as a whole, or of one member. */
function marks(path: string, after: Shown): (readonly [string, string])[] {
  if (after.kind !== 'value') return [[path, mark(after)]];
  return marksIn(path, JSON.parse(after.json), 0);
}

function marksIn(path: string, value: unknown, depth: number): (readonly [string, string])[] {
  const own = [[path, digest(canonical(value))]] as const;
  if (depth > deepest || typeof value !== 'object' || value === null) return [...own];
  const below = Array.isArray(value)
    ? value.flatMap((member, at) => marksIn(`${path}[${at}]`, member, depth + 1))
    : Object.entries(value).flatMap(([name, member]) =>
        marksIn(path === '' ? name : `${path}.${name}`, member, depth + 1),
      );
  return [...own, ...below];
}

function isRestOf(change: Change, reviewed: BegunAction): boolean {
  const { action, id, attributes } = change;
  if (action === reviewed.action) {
    // A creation has no id yet, and a replacement deletes the very resource that was reviewed.
    return id === reviewed.id && setsTheSame(attributes, reviewed);
  }
  if (reviewed.action !== 'create') return false;
  const takesOver = change.importedFrom !== undefined && action !== 'replace';
  const mends = action === 'replace' && change.reason === 'replace_because_tainted';
  return (takesOver || mends) && setsTheSame(attributes, reviewed);
}

function setsTheSame(attributes: readonly AttributeChange[], { sets }: BegunAction): boolean {
  return attributes.every(({ path, after }) => {
    const wanted = sets[path] ?? sets[parentOf(path, sets)] ?? mark({ kind: 'absent' });
    return wanted === UNKNOWN || wanted === mark(after);
  });
}

/** The nearest path above that the review has: what was not known as a whole was known in no part. */
function parentOf(path: string, sets: Readonly<Record<string, string>>): string {
  let at = path;
  while (at !== '') {
    at = at.replace(/(\.[^.[]*|\[\d+\]|^[^.[]*)$/, '');
    if (sets[at] === UNKNOWN) return at;
  }
  return '';
}

const UNKNOWN = 'unknown';

function mark(after: Shown): string {
  return after.kind === 'value' ? digest(canonical(JSON.parse(after.json))) : after.kind;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
