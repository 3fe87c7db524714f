import { builtInRoles } from '../../arm/built-in-roles.ts';
import type { BuiltInRole } from '../../arm/built-in-roles.ts';
import { ArmError, conflict } from '../../arm/errors.ts';
import { parseFilter } from '../../arm/filter.ts';
import { nameOf, sameId } from '../../arm/ids.ts';
import { asText } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import { armOperation } from '../../arm/operation.ts';
import { collectionRoutes, pathOf, resourceRoutes, scopeOf } from '../../arm/place.ts';
import { resourceOperations } from '../../arm/resource-operations.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';

const TYPE = 'Microsoft.Authorization/roleDefinitions';
const NEEDS = `${TYPE}/read`;

const definitions: ResourceType = {
  type: TYPE,
  stands: 'extension',
  verbs: ['put', 'delete'],
  creates: 201,
  updates: 201,
  stateful: false,
  defaults: { type: 'CustomRole', permissions: [], assignableScopes: [] },
  check: checkDefinition,
  derive: ({ draft, existing, world }) => {
    const now = new Date(world.clock.now()).toISOString();
    draft.properties['createdOn'] = existing?.properties['createdOn'] ?? now;
    draft.properties['updatedOn'] = now;
  },
  inUse: (definition, world) => {
    const used = world.resources
      .ofType('Microsoft.Authorization/roleAssignments')
      .some((assignment) => names(assignment, definition.name));
    return used
      ? conflict(
          'RoleDefinitionHasAssignments',
          'There are existing role assignments referencing role (code: RoleDefinitionHasAssignments).',
        )
      : undefined;
  },
  simplified: 'answers to a PUT carry the id below its scope, as it was asked for',
};

export const definitionOperations: readonly Operation[] = [
  ...resourceOperations([definitions]),
  ...resourceRoutes(definitions).map((route) =>
    armOperation({ route: `GET ${route}`, needs: NEEDS, answer: get }),
  ),
  ...collectionRoutes(definitions).map((route) =>
    armOperation({ route: `GET ${route}`, needs: NEEDS, answer: list }),
  ),
  armOperation({ route: `GET /providers/${TYPE}/{name}`, answer: get }),
];

function checkDefinition({ world, id, draft }: Write): void {
  const roleName = asText(draft.properties['roleName']);
  const taken = rolesOf(world).some(
    (role) => !sameId(String(role['name']), nameOf(id)) && roleNameOf(role) === roleName,
  );
  if (taken) {
    throw conflict(
      'RoleDefinitionWithSameNameExists',
      `A custom role with the same name already exists in this directory. Use a different name: '${roleName ?? ''}'.`,
    );
  }
}

function get(call: Call, world: World): Answer {
  const guid = nameOf(pathOf(call));
  const role = rolesOf(world).find((candidate) => sameId(String(candidate['name']), guid));
  if (role === undefined) {
    throw new ArmError(
      404,
      'RoleDefinitionDoesNotExist',
      `The specified role definition with ID '${guid}' does not exist.`,
    );
  }
  return { status: 200, body: role };
}

function list(call: Call, world: World): Answer {
  scopeOf(world, pathOf(call));
  const wanted = parseFilter(
    call.query.get('$filter')?.replace(/atScopeAndBelow\(\)( and )?/i, '') ?? null,
  );
  const found = rolesOf(world).filter((role) =>
    wanted.every(({ field, value }) => fieldOf(role, field) === value.toLowerCase()),
  );
  return { status: 200, body: { value: found } };
}

function fieldOf(role: Json, field: string): string | undefined {
  const properties = role['properties'] as Json;
  return asText(field === 'rolename' ? properties['roleName'] : properties['type'])?.toLowerCase();
}

function rolesOf(world: World): Json[] {
  const custom = world.resources.ofType(TYPE).map(customRole);
  return [...builtInRoles.map((role) => builtInRole(role, world)), ...custom];
}

function customRole(role: StoredResource): Json {
  const { id, name, type, properties } = role;
  return { id, name, type, properties };
}

function builtInRole(role: BuiltInRole, world: World): Json {
  const { guid, roleName, permissions } = role;
  return {
    id: `/subscriptions/${world.subscriptionId}/providers/${TYPE}/${guid}`,
    name: guid,
    type: TYPE,
    properties: {
      roleName,
      type: 'BuiltInRole',
      description: roleName,
      assignableScopes: ['/'],
      permissions,
    },
  };
}

function roleNameOf(role: Json): string | undefined {
  return asText((role['properties'] as Json)['roleName']);
}

function names(assignment: StoredResource, guid: string): boolean {
  return sameId(nameOf(asText(assignment.properties['roleDefinitionId']) ?? ''), guid);
}
