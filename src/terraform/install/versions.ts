/** A version as Terraform writes it: `1.11.4`, `1.12.0-rc1`. */
export interface Version {
  readonly text: string;
  readonly core: readonly [major: number, minor: number, patch: number];
  /** `rc1`; empty for a release. */
  readonly prerelease: string;
}

type Operator = '=' | '!=' | '>' | '>=' | '<' | '<=' | '~>';

interface Clause {
  readonly operator: Operator;
  readonly version: Version;
  /** How many numbers were written: `~> 1.2` lets the second grow, `~> 1.2.3` the third. */
  readonly written: number;
}

/** Clauses that must all hold. */
export type Constraint = readonly Clause[];

const versionForm = /^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:-([0-9A-Za-z.-]{1,60}))?$/;
const clauseForm = /^(=|!=|>=|<=|>|<|~>)?\s*(\S+)$/;

/** Reads a version; missing numbers are zero. Undefined where the text is none. */
export function parseVersion(text: string): Version | undefined {
  const found = versionForm.exec(text.trim());
  if (!found) return undefined;
  const [, major, minor, patch, prerelease = ''] = found;
  const core = [Number(major), Number(minor ?? 0), Number(patch ?? 0)] as const;
  return { text: core.join('.') + (prerelease && `-${prerelease}`), core, prerelease };
}

/**
 * Reads a constraint by the rules of Terraform's `required_version` ("Version Constraints" in
 * Terraform's documentation): clauses with a comma between them. Undefined where it breaks them.
 */
export function parseConstraint(text: string): Constraint | undefined {
  const clauses = text.split(',').map(parseClause);
  return clauses.every((clause) => clause !== undefined) ? clauses : undefined;
}

function parseClause(text: string): Clause | undefined {
  const found = clauseForm.exec(text.trim());
  const version = parseVersion(found?.[2] ?? '');
  if (!found || !version) return undefined;
  const written = (found[2] ?? '').split('-')[0]?.split('.').length ?? 3;
  return { operator: (found[1] ?? '=') as Operator, version, written };
}

/**
 * Whether a version fulfils a constraint. A prerelease does so only where one clause names exactly
 * it; the other clauses then look at its numbers alone, as Terraform itself does.
 */
export function satisfies(version: Version, constraint: Constraint): boolean {
  if (version.prerelease === '') return constraint.every((clause) => holds(clause, version));
  const named = constraint.filter((clause) => isNamed(clause, version));
  const released = { ...version, prerelease: '' };
  return (
    named.length > 0 &&
    constraint.every((clause) => named.includes(clause) || holds(clause, released))
  );
}

/** The one version a constraint names, where it names one. */
export function exactVersion(constraint: Constraint): Version | undefined {
  return constraint.find(({ operator }) => operator === '=')?.version;
}

function isNamed(clause: Clause, version: Version): boolean {
  return clause.operator === '=' && compareVersions(clause.version, version) === 0;
}

function holds({ operator, version: bound, written }: Clause, version: Version): boolean {
  const order = compareVersions(version, bound);
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '~>':
      return order >= 0 && sameUpTo(written - 1, version, bound);
  }
}

function sameUpTo(count: number, left: Version, right: Version): boolean {
  return left.core.slice(0, count).every((number, at) => number === right.core[at]);
}

/** Negative, zero or positive, as the first comes before, with or after the second (semver.org, section 11). */
export function compareVersions(left: Version, right: Version): number {
  const [a, b, c] = left.core;
  const [x, y, z] = right.core;
  return a - x || b - y || c - z || comparePrereleases(left.prerelease, right.prerelease);
}

function comparePrereleases(left: string, right: string): number {
  if (left === right) return 0;
  if (left === '') return 1;
  if (right === '') return -1;
  const [ours, theirs] = [left.split('.'), right.split('.')];
  for (let at = 0; at < Math.min(ours.length, theirs.length); at++) {
    const order = compareParts(ours[at] ?? '', theirs[at] ?? '');
    if (order !== 0) return order;
  }
  return ours.length - theirs.length;
}

function compareParts(left: string, right: string): number {
  const [isLeftNumber, isRightNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)];
  if (isLeftNumber && isRightNumber) return Number(left) - Number(right);
  if (isLeftNumber !== isRightNumber) return isLeftNumber ? -1 : 1;
  return left < right ? -1 : Number(left > right);
}
