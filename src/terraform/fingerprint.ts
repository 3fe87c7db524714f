import { createHash } from 'node:crypto';
import { canonical } from './json.ts';
import type { Change, Plan } from './plan-file.ts';

/** Everything a reviewed plan depends on. */
export interface Reviewed {
  readonly plan: Plan;
  /** Content or digest of each file of the configuration, by its path there. */
  readonly configuration: Readonly<Record<string, string>>;
  /** The templates of `arm/`, by file name. */
  readonly armTemplates: Readonly<Record<string, string>>;
  /** Digest of the inference package; empty without one. */
  readonly inferencePackage: string;
  /** The provider lock that counts. */
  readonly providerLock: string;
  /** The values of the variables, in one spelling; secrets do not belong here. */
  readonly variables: string;
  /** The state's lineage, not its serial: a mere refresh moves that. Empty before the first deploy. */
  readonly lineage: string;
}

/** The digest of each part, by its name for people. */
export type Digests = Readonly<Record<string, string>>;

/** A fingerprint and what it is made of, so that a difference can be named. */
export interface Fingerprint {
  /**
   * 64 hexadecimal digits over everything, which alone decide; behind a hyphen eight for each kind
   * of part, by which a refusal can say what moved.
   */
  readonly text: string;
  readonly parts: Digests;
}

/** First word of a part's name and the kind it belongs to, in the order in which a fingerprint has them. */
const KINDS = {
  plan: 'the plan',
  outputs: 'the outputs',
  configuration: 'the configuration in terraform/',
  ARM: 'the templates in arm/',
  inference: 'the inference package',
  provider: 'the provider lock',
  variables: 'the variables and inputs',
  state: 'the state, which is another one',
} as const;

/** A kind of parts, as a refusal names it. */
export type Kind = (typeof KINDS)[keyof typeof KINDS];

/** All kinds of parts, in the order in which a fingerprint has them. */
export const kinds: readonly Kind[] = Object.values(KINDS);

/**
 * The fingerprint of a plan and all it depends on. The order of resources, members and files does not
 * count, nor how nothing is written, nor anything Terraform would leave as it is. Sensitive values
 * count only as being there: a digest in a comment must not help anyone to guess them.
 */
export function fingerprintOf(reviewed: Reviewed): Fingerprint {
  const { plan, configuration, armTemplates, ...texts } = reviewed;
  const parts: Digests = {
    ...Object.fromEntries(
      actionsOf(plan).map((change) => [
        `plan of ${nameOf(change)}`,
        digest(canonical(meaningOf(change))),
      ]),
    ),
    outputs: digest(canonical(outputsOf(plan))),
    ...Object.fromEntries(
      Object.entries(configuration).map(([path, text]) => [`configuration ${path}`, digest(text)]),
    ),
    ...Object.fromEntries(
      Object.entries(armTemplates).map(([name, text]) => [`ARM template ${name}`, digest(text)]),
    ),
    'inference package': digest(texts.inferencePackage),
    'provider lock': digest(texts.providerLock),
    variables: digest(texts.variables),
    'state lineage': digest(texts.lineage),
  };
  const short = kinds.map((kind) => digest(canonical(ofKind(parts, kind))).slice(0, SHORT));
  return { text: `${digest(canonical(parts))}-${short.join('')}`, parts };
}

/** Hexadecimal digits of one kind of part: enough to name what moved; it decides nothing. */
const SHORT = 8;
const WHOLE = 64;

/** Whether two fingerprints are of the same plan with all it depends on. */
export function sameFingerprint(one: string, other: string): boolean {
  return one.slice(0, WHOLE) === other.slice(0, WHOLE);
}

/** The kinds of parts in which two fingerprints differ; none where one of them does not tell. */
export function movedKinds(reviewed: string, now: string): Kind[] {
  const [one, other] = [reviewed, now].map((text) => text.slice(WHOLE + 1));
  if (!one || !other) return [];
  return kinds.filter(
    (_, at) =>
      one.slice(at * SHORT, (at + 1) * SHORT) !== other.slice(at * SHORT, (at + 1) * SHORT),
  );
}

/** The parts of one kind. */
export function ofKind(parts: Digests, kind: Kind): Digests {
  return Object.fromEntries(Object.entries(parts).filter(([name]) => kindOf(name) === kind));
}

function kindOf(part: string): Kind {
  return KINDS[part.split(' ', 1)[0] as keyof typeof KINDS];
}

/** What a plan does, without what it leaves as it is. */
export function actionsOf({ changes }: Plan): readonly Change[] {
  return changes.filter(({ action }) => action !== 'no-op' && action !== 'read');
}

/** A change by its address, an object that a replacement left behind by its key too. */
export function nameOf({ address, deposed }: Change): string {
  return deposed === undefined ? address : `${address} (deposed ${deposed})`;
}

/** A deletion is what it deletes; anything else also what it sets. */
function meaningOf(change: Change): unknown {
  const { address, deposed, movedFrom, action, importedFrom, forcedBy, id } = change;
  const attributes = action === 'delete' || action === 'forget' ? [] : change.attributes;
  return {
    ...{ address, deposed, movedFrom, action, importedFrom, id },
    forcedBy: [...forcedBy].toSorted(),
    attributes: attributes
      .toSorted((one, other) => (one.path < other.path ? -1 : 1))
      .map(({ path, before, after }) => [path, before, after]),
  };
}

function outputsOf({ outputs }: Plan): unknown {
  return outputs
    .filter(({ action }) => action !== 'no-op')
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, action, attributes }) => [name, action, attributes]);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
