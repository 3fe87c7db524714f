import { badRequest } from '../../arm/errors.ts';
import { isWithin } from '../../arm/ids.ts';
import { LOCKS, scopeOfLock } from '../../arm/locks.ts';
import { armOperation } from '../../arm/operation.ts';
import { collectionRoutes, pathOf, scopeOf } from '../../arm/place.ts';
import { shown } from '../../arm/read.ts';
import { resourceOperations } from '../../arm/resource-operations.ts';
import type { ResourceType } from '../../arm/resource-type.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';

const locks: ResourceType = {
  type: LOCKS,
  stands: 'extension',
  verbs: ['get', 'put', 'delete'],
  creates: 201,
  updates: 200,
  deletes: 200,
  stateful: false,
  check: ({ draft }) => {
    if (['CanNotDelete', 'ReadOnly'].includes(String(draft.properties['level']))) return;
    throw badRequest(
      'InvalidLockLevel',
      "The lock level is invalid. The supported values are 'CanNotDelete, ReadOnly'.",
    );
  },
  simplified: 'holds what ARM writes and deletes; actions such as starting a machine pass',
};

export const lockOperations: readonly Operation[] = [
  ...resourceOperations([locks]),
  ...collectionRoutes(locks).map((route) =>
    armOperation({ route: `GET ${route}`, needs: `${LOCKS}/read`, answer: list }),
  ),
];

/** The locks at a scope and, without `atScope()`, below it. */
function list(call: Call, world: World): Answer {
  const scope = scopeOf(world, pathOf(call));
  const onlyHere = /atScope\(\)/i.test(call.query.get('$filter') ?? '');
  const value = world.resources
    .ofType(LOCKS)
    .filter(({ id }) => {
      const at = scopeOfLock(id);
      return isWithin(at, scope) && (!onlyHere || isWithin(scope, at));
    })
    .map((lock) => shown(lock, world));
  return { status: 200, body: { value } };
}
