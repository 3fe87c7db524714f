import { join } from 'node:path';
import { Problem } from '../errors.ts';
import type { Files, Log } from '../toolbox/index.ts';

/** Terraform's name for the file that pins provider versions and their hashes. */
export const lockFile = '.terraform.lock.hcl';

/** Where the lock of an environment is kept when its configuration has none. */
export interface KeptLock {
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
}

/** The name under which an environment's lock is kept beside its state. */
export function keptLockName(environment: string): string {
  return `${environment}${lockFile}`;
}

/** What `terraform init` may do with provider locks. */
export type LockDecision =
  /** The configuration has a lock: it alone counts, and is never written. */
  | { readonly kind: 'committed' }
  /** An earlier run trusted on first use: its lock is put in place, and never written. */
  | { readonly kind: 'kept'; readonly lock: string }
  /** Nothing is known yet: init writes the lock, and it is kept from then on. */
  | { readonly kind: 'first-use' };

/** Decides whose lock counts. Throws a Problem for a lock that pins nothing: it would let any provider in. */
export function decideLock(committed: string | undefined, kept: string | undefined): LockDecision {
  if (committed !== undefined) {
    if (pinsProviders(committed)) return { kind: 'committed' };
    throw new Problem(
      `The configuration's ${lockFile} pins no provider with a hash.`,
      'write it anew with "terraform providers lock" on a machine that reaches the registry, or remove it.',
      { anchor: 'provider-lock' },
    );
  }
  if (kept === undefined) return { kind: 'first-use' };
  if (pinsProviders(kept)) return { kind: 'kept', lock: kept };
  throw new Problem(
    'The provider lock kept beside the state is damaged: it pins no provider with a hash.',
    'find out who changed it (the storage account keeps its older versions), restore it, and run again.',
    { anchor: 'provider-lock' },
  );
}

/** The arguments that `terraform init` gets for a decision. */
export function lockArguments(decision: LockDecision): readonly string[] {
  return decision.kind === 'first-use' ? [] : ['-lockfile=readonly'];
}

/** The lock of a working folder, before and after `terraform init`. */
export interface PreparedLock {
  readonly arguments: readonly string[];
  /** Called once init has succeeded; keeps a lock that was written on first use. */
  keep(): Promise<void>;
}

/** Puts the lock that counts into the working folder (a copy of the configuration), before init. */
export async function prepareLock(
  folder: string,
  store: KeptLock,
  tools: { readonly files: Pick<Files, 'read' | 'write'>; readonly log: Pick<Log, 'info'> },
): Promise<PreparedLock> {
  const path = join(folder, lockFile);
  const committed = await tools.files.read(path);
  const kept = committed === undefined ? await store.load() : undefined;
  const decision = decideLock(committed, kept);
  if (decision.kind === 'kept') await tools.files.write(path, decision.lock);
  const keep = async (): Promise<void> => {
    if (decision.kind !== 'first-use') return;
    const written = await tools.files.read(path);
    if (written === undefined || !pinsProviders(written)) return;
    await store.save(written);
    tools.log.info(
      `The configuration has no ${lockFile}. The providers of this run are trusted on first use; ` +
        'their hashes are kept beside the state, and from now on no others are accepted.',
    );
  };
  return { arguments: lockArguments(decision), keep };
}

/** Every provider block of the lock has at least one hash (HashiCorp's documentation, "Dependency Lock File"). */
function pinsProviders(lock: string): boolean {
  const blocks = lock.split(/^(?=provider ")/m).filter((block) => block.startsWith('provider "'));
  return blocks.length > 0 && blocks.every((block) => /"(h1|zh):[^"\s]+"/.test(block));
}
