import { canonical, deepest, isEmpty, isObject, valueAt } from './json.ts';

/** One side of a change, as it may be shown. */
export type Shown =
  | { readonly kind: 'value'; readonly json: string }
  | { readonly kind: 'absent' | 'sensitive' | 'unknown' };

/** One attribute that changes. Values that Terraform calls sensitive, or that look it by name, are not in it. */
export interface AttributeChange {
  /** `site_config[0].always_on`; empty where the value has no members. */
  readonly path: string;
  readonly before: Shown;
  readonly after: Shown;
}

/** The parts of a `change` object in Terraform's JSON. */
export interface Sides {
  readonly before: unknown;
  readonly after: unknown;
  /** Mirrors `after`, with true where the value is known only after the apply. */
  readonly unknown: unknown;
  readonly beforeSensitive: unknown;
  readonly afterSensitive: unknown;
}

/** Names under which a provider may hand out a secret without calling it sensitive. */
const secretName =
  /(password|passphrase|secret|token|(private|access|account|shared|primary|secondary|instrumentation)_key|connection_string|sas(_url)?)s?(\[\d+\])*$/i;

/** What differs between both sides, by path, in the order of the names; null, "" and empty are the same. */
export function attributeChanges(sides: Sides): AttributeChange[] {
  const found: AttributeChange[] = [];
  compare('', sides, found, 0);
  return found;
}

function compare(path: string, sides: Sides, found: AttributeChange[], depth: number): void {
  const { before, after, unknown, beforeSensitive, afterSensitive } = sides;
  const isSensitive = beforeSensitive === true || afterSensitive === true || secretName.test(path);
  if (unknown !== true && !isSensitive && depth < deepest) {
    if (haveMembers(before, after)) return compareMembers(path, sides, found, depth);
    if (Array.isArray(before) && Array.isArray(after)) {
      return compareLists(path, sides, found, depth);
    }
  }
  if (unknown !== true && canonical(before) === canonical(after)) return;
  found.push({
    path,
    before: shown(before, isSensitive || hasTrue(beforeSensitive)),
    after: shownAfter(after, unknown, isSensitive || hasTrue(afterSensitive)),
  });
}

/** Whether one side is an object and the other is one, or nothing. */
function haveMembers(before: unknown, after: unknown): boolean {
  const [one, other] = [before ?? {}, after ?? {}];
  return isObject(one) && isObject(other) && (one === before || other === after);
}

function compareMembers(path: string, sides: Sides, found: AttributeChange[], depth: number): void {
  const names = new Set<string>();
  for (const side of [sides.before, sides.after, sides.unknown]) {
    if (isObject(side)) for (const name of Object.keys(side)) names.add(name);
  }
  for (const name of [...names].toSorted()) {
    const below = path === '' ? name : `${path}.${name}`;
    compare(below, member(sides, name), found, depth + 1);
  }
}

function member(sides: Sides, name: string | number): Sides {
  const at = (value: unknown): unknown =>
    Array.isArray(value) ? (value as unknown[])[Number(name)] : valueAt(value, String(name));
  return {
    before: at(sides.before),
    after: at(sides.after),
    unknown: at(sides.unknown),
    beforeSensitive: sides.beforeSensitive === true || at(sides.beforeSensitive),
    afterSensitive: sides.afterSensitive === true || at(sides.afterSensitive),
  };
}

/** Pairs what is equal wherever it stands, then the rest by place, so that one more host is one more line. */
function compareLists(path: string, sides: Sides, found: AttributeChange[], depth: number): void {
  const [before, after] = [sides.before as unknown[], sides.after as unknown[]];
  const isKnown = (at: number): boolean => !hasTrue(member(sides, at).unknown);
  const gone = unpaired(
    before,
    after.filter((_value, at) => isKnown(at)),
  );
  const come = unpaired(after, before, isKnown);
  if (gone.length + come.length === 0 && canonical(before) !== canonical(after)) {
    const isSecret = hasTrue(sides.beforeSensitive) || hasTrue(sides.afterSensitive);
    found.push({ path, before: shown(before, isSecret), after: shown(after, isSecret) });
    return;
  }
  const pairs = Math.max(gone.length, come.length);
  for (let at = 0; at < pairs; at++) {
    const [from, to] = [gone[at], come[at]];
    comparePair(path, [from, to], sides, found, depth);
  }
}

function comparePair(
  path: string,
  [from, to]: readonly [number | undefined, number | undefined],
  sides: Sides,
  found: AttributeChange[],
  depth: number,
): void {
  const old = from === undefined ? undefined : member(sides, from);
  const now = to === undefined ? undefined : member(sides, to);
  if (old && now) {
    const { before, beforeSensitive } = old;
    compare(`${path}[${from}]`, { ...now, before, beforeSensitive }, found, depth + 1);
    return;
  }
  const entry = old ?? now;
  if (!entry) return;
  const [before, after] = [old?.before, now?.after];
  if (now?.unknown !== true && isEmpty(before) && isEmpty(after)) return;
  // A whole entry came or went: one line says so better than one for each of its members.
  found.push({
    path: `${path}[${from ?? to}]`,
    before: shown(before, hasTrue(entry.beforeSensitive)),
    after: shownAfter(after, now?.unknown, hasTrue(entry.afterSensitive)),
  });
}

/** The places in `list` whose values have no equal left in `other`; what is not known yet equals nothing. */
function unpaired(
  list: readonly unknown[],
  other: readonly unknown[],
  isKnown: (at: number) => boolean = () => true,
): number[] {
  const left = new Map<string, number>();
  for (const value of other) {
    const key = canonical(value);
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  return list.flatMap((value, at) => {
    if (!isKnown(at)) return [at];
    const key = canonical(value);
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    return count > 0 ? [] : [at];
  });
}

function shownAfter(value: unknown, unknown: unknown, isSensitive: boolean): Shown {
  return unknown === true ? { kind: 'unknown' } : shown(value, isSensitive);
}

function shown(value: unknown, isSensitive: boolean): Shown {
  if (isEmpty(value)) return { kind: 'absent' };
  return isSensitive ? { kind: 'sensitive' } : { kind: 'value', json: withoutSecrets(value) };
}

/** Whole objects can be shown at once (a new list entry): what looks secret by name is starred there too. */
function withoutSecrets(value: unknown): string {
  return canonical(value).replaceAll(
    /("(?:[^"\\]|\\.)*"):("(?:[^"\\]|\\.)*")/g,
    (whole, name: string) => (secretName.test(name.slice(1, -1)) ? `${name}:"***"` : whole),
  );
}

/** Whether anything below is marked; a mark deep inside hides the whole value where it is shown at once. */
function hasTrue(marks: unknown, depth = 0): boolean {
  if (marks === true) return true;
  if (typeof marks !== 'object' || marks === null || depth > deepest) return false;
  return Object.values(marks).some((mark) => hasTrue(mark, depth + 1));
}
