import { effectiveAt, permissionsOf } from '../../arm/access.ts';
import { ArmError, badRequest, conflict } from '../../arm/errors.ts';
import { isWithin, sameId } from '../../arm/ids.ts';
import { asText } from '../../arm/json.ts';
import { armOperation } from '../../arm/operation.ts';
import { collectionRoutes, pathOf, scopeOf } from '../../arm/place.ts';
import { shown } from '../../arm/read.ts';
import { resourceOperations } from '../../arm/resource-operations.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';

const assignments: ResourceType = {
  type: 'Microsoft.Authorization/roleAssignments',
  stands: 'extension',
  verbs: ['get', 'put', 'delete'],
  creates: 201,
  updates: 200,
  stateful: false,
  simplified: 'principals are not looked up, conditions are stored but not evaluated',
  check: checkAssignment,
  derive: (write) => {
    const { draft, world, existing } = write;
    const now = new Date(world.clock.now()).toISOString();
    draft.properties = {
      principalType: 'ServicePrincipal',
      ...draft.properties,
      scope: scopeOf(world, draft.id),
      createdOn: existing?.properties['createdOn'] ?? now,
      updatedOn: now,
    };
    draft.hidden = { effectiveAt: existing?.hidden?.['effectiveAt'] ?? effectiveAt(world) };
  },
};

export const assignmentOperations: readonly Operation[] = [
  ...resourceOperations([assignments]),
  ...collectionRoutes(assignments).map((route) =>
    armOperation({
      route: `GET ${route}`,
      needs: 'Microsoft.Authorization/roleAssignments/read',
      answer: list,
    }),
  ),
];

function checkAssignment({ world, id, existing, draft }: Write): void {
  const { principalId, roleDefinitionId } = draft.properties;
  const role = asText(roleDefinitionId) ?? '';
  const principal = asText(principalId) ?? '';
  if (!/^[0-9a-f-]{36}$/i.test(principal)) {
    throw badRequest('InvalidPrincipalId', `A valid principal ID must be provided for '${id}'.`);
  }
  if (permissionsOf(world, role).length === 0) {
    throw new ArmError(
      404,
      'RoleDefinitionDoesNotExist',
      `The specified role definition with ID '${role}' does not exist.`,
    );
  }
  if (existing !== undefined && !isSame(existing, principal, role)) {
    throw badRequest(
      'RoleAssignmentUpdateNotPermitted',
      'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.',
    );
  }
  const scope = scopeOf(world, id);
  const twin = world.resources
    .ofType(assignments.type)
    .find(
      (other) =>
        !sameId(other.id, id) &&
        sameId(asText(other.properties['scope']) ?? '', scope) &&
        isSame(other, principal, role),
    );
  if (twin !== undefined) {
    throw conflict('RoleAssignmentExists', 'The role assignment already exists.');
  }
}

function isSame(assignment: StoredResource, principal: string, role: string): boolean {
  const { principalId, roleDefinitionId } = assignment.properties;
  return (
    sameId(asText(principalId) ?? '', principal) &&
    guidOf(asText(roleDefinitionId)) === guidOf(role)
  );
}

function guidOf(roleDefinitionId: string | undefined): string {
  return (roleDefinitionId ?? '').split('/').at(-1)?.toLowerCase() ?? '';
}

/** Assignments that concern a scope: those above it, at it and, without `atScope()`, below it. */
function list(call: Call, world: World): Answer {
  const scope = scopeOf(world, pathOf(call));
  const filter = call.query.get('$filter') ?? '';
  const principal = /(?:principalId eq|assignedTo\()\s*'([0-9a-f-]+)'/i.exec(filter)?.[1];
  const onlyAbove = /atScope\(\)/i.test(filter);
  const found = world.resources.ofType(assignments.type).filter((assignment) => {
    const { scope: at, principalId } = assignment.properties;
    const assigned = asText(at) ?? '';
    const concerns = isWithin(scope, assigned) || (!onlyAbove && isWithin(assigned, scope));
    return concerns && (principal === undefined || sameId(asText(principalId) ?? '', principal));
  });
  return { status: 200, body: { value: found.map((assignment) => shown(assignment, world)) } };
}
