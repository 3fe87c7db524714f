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
  /** The variables as Terraform gets them; secrets do not belong here. */
  readonly variables: string;
  /** The state's lineage, not its serial: a mere refresh moves that. Empty before the first deploy. */
  readonly lineage: string;
}

/** The digest of each part, by its name for people. */
export type Digests = Readonly<Record<string, string>>;

/** A fingerprint and what it is made of, so that a difference can be named. */
export interface Fingerprint {
  /** 64 hexadecimal digits. */
  readonly text: string;
  readonly parts: Digests;
}

/**
 * The fingerprint of a plan and all it depends on. The order of resources, members and files does not
 * count, nor how nothing is written, nor anything Terraform would leave as it is. Sensitive values
 * count only as being there: a digest in a comment must not help anyone to guess them.
 */
export function fingerprintOf(reviewed: Reviewed): Fingerprint {
  const { plan, configuration, armTemplates, ...texts } = reviewed;
  const parts: Digests = {
    ...Object.fromEntries(
      plan.changes
        .filter(({ action }) => action !== 'no-op' && action !== 'read')
        .map((change) => [`plan of ${nameOf(change)}`, digest(canonical(meaningOf(change)))]),
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
  return { text: digest(canonical(parts)), parts };
}

/** The names of the parts that differ between what was reviewed and what is now. */
export function movedParts(reviewed: Digests, now: Digests): string[] {
  const names = new Set([...Object.keys(reviewed), ...Object.keys(now)]);
  return [...names].filter((name) => reviewed[name] !== now[name]).toSorted();
}

function nameOf({ address, deposed }: Change): string {
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
