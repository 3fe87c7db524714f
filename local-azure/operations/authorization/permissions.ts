import { effectivePermissions } from '../../arm/access.ts';
import { armOperation } from '../../arm/operation.ts';
import { extensionScopes, pathOf, scopeOf } from '../../arm/place.ts';
import type { Operation } from '../../operation.ts';

/** What the caller may do at a scope, by the roles that are effective now. */
export const permissionOperations: readonly Operation[] = extensionScopes.map((scope) =>
  armOperation({
    route: `GET ${scope}/providers/Microsoft.Authorization/permissions`,
    answer: (call, world) => {
      const at = scopeOf(world, pathOf(call));
      const { caller } = call;
      const value = caller === undefined ? [] : effectivePermissions(world, caller, at);
      return { status: 200, body: { value } };
    },
  }),
);
