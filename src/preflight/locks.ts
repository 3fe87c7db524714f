import { fine, groupOf, shortList, wrong } from './check.ts';
import type { Check } from './check.ts';

/** Whether a lock would make the deploy, or a later deletion, fail. */
export const locksCheck: Check = {
  name: 'locks',
  async run(look) {
    const own = `/subscriptions/${look.session.subscriptionId}`;
    const list = (scope: string, query = ''): Promise<readonly Lock[]> =>
      look.arm.list<Lock>(`${scope}/providers/Microsoft.Authorization/locks${query}`, '2020-05-01');
    const above = await list(own, '?$filter=atScope()');
    const [environment, state] = await Promise.all(
      (['environment', 'state'] as const).map(async (which) =>
        (await look.facts.group(which)) ? list(groupOf(look, which)) : [],
      ),
    );
    const bad = [
      ...above,
      ...(environment ?? []).filter((lock) => isReadOnly(lock) || isOnGroup(lock)),
      // that nobody deletes the state is a good wish; that nobody writes it is not
      ...(state ?? []).filter(isReadOnly),
    ];
    const locks = [...new Map(bad.map((lock) => [lock.id.toLowerCase(), lock])).values()];
    if (locks.length === 0) return fine('none in the way');
    return wrong(
      `Locks forbid what a deploy does: ${shortList(locks.map(worded))}.`,
      `whoever set them removes them for the time of the deploy: az lock delete --ids ${locks.map(({ id }) => `"${id}"`).join(' ')}. To keep people from deleting, lock single resources, such as the storage account, instead of the group.`,
    );
  },
};

interface Lock {
  readonly id: string;
  readonly name: string;
  readonly properties?: { readonly level?: string };
}

function isReadOnly({ properties }: Lock): boolean {
  return properties?.level === 'ReadOnly';
}

/** On the group itself or on what is above it, so that it holds for everything in the group. */
function isOnGroup({ id }: Lock): boolean {
  return id.toLowerCase().split('/providers/').length === 2;
}

function worded({ id, name, properties }: Lock): string {
  const scope = id.slice(
    0,
    id.toLowerCase().lastIndexOf('/providers/microsoft.authorization/locks/'),
  );
  return `${name} (${properties?.level ?? 'lock'}) on ${scope.split('/').slice(-2).join('/')}`;
}
