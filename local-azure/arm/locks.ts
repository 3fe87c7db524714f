import type { World } from '../world.ts';
import { conflict } from './errors.ts';
import { isWithin, keyOf } from './ids.ts';

export const LOCKS = 'Microsoft.Authorization/locks';

/** Refuses a change (or a deletion) that a management lock at the id, or above it, forbids. */
export function refuseLocked(world: World, id: string, doing: 'write' | 'delete'): void {
  if (typeIsLock(id)) return; // a lock does not hold itself
  const holding = world.resources
    .ofType(LOCKS)
    .filter(({ properties }) => doing === 'delete' || properties['level'] === 'ReadOnly')
    .map((lock) => scopeOfLock(lock.id))
    // whatever holds a part of it holds the deletion of the whole, too
    .filter((scope) => isWithin(id, scope) || (doing === 'delete' && isWithin(scope, id)));
  if (holding.length === 0) return;
  throw conflict(
    'ScopeLocked',
    `The scope '${id}' cannot perform ${doing} operation because following scope(s) are locked: ` +
      `'${holding.join("', '")}'. Please remove the lock and try again.`,
  );
}

/** What a lock stands on. */
export function scopeOfLock(id: string): string {
  return id.slice(0, keyOf(id).lastIndexOf('/providers/'));
}

function typeIsLock(id: string): boolean {
  return keyOf(id).includes(`/providers/${LOCKS.toLowerCase()}/`);
}
