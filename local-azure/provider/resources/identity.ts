import { randomUUID } from 'node:crypto';
import type { JsonMap } from '../mapping/json.ts';
import { Failure } from '../azure/failure.ts';
import { location, tags } from '../mapping/codecs.ts';
import { both, many, read } from '../mapping/field.ts';
import { at, put, text } from '../mapping/json.ts';
import { inGroup } from '../mapping/table.ts';
import type { ResourceTable, Setting, Work } from '../mapping/table.ts';
import { isZero } from '../terraform/values.ts';
import type { ValueMap } from '../terraform/values.ts';

const DEFINITIONS = '2022-05-01-preview';
const ASSIGNMENTS = '2022-04-01';
const AUTHORIZATION = '/providers/Microsoft.Authorization/';

const userAssignedIdentity: ResourceTable = {
  label: 'User Assigned Identity',
  api: '2024-11-30',
  path: inGroup('Microsoft.ManagedIdentity/userAssignedIdentities/{name}'),
  fields: [
    location,
    tags,
    both('isolation_scope', 'properties.isolationScope', { empty: 'None' }),
    read('client_id', 'properties.clientId'),
    read('principal_id', 'properties.principalId'),
    read('tenant_id', 'properties.tenantId'),
  ],
  update: 'patch',
  patchBase: { properties: {} },
  unshape: (state) => {
    if (state['isolation_scope'] === 'None') state['isolation_scope'] = '';
  },
};

async function definitionByName(scope: string, role: string, { arm }: Setting): Promise<string> {
  const path = `${scope}${AUTHORIZATION}roleDefinitions`;
  const call = {
    method: 'GET',
    path,
    api: DEFINITIONS,
    query: { $filter: `roleName eq '${role}'` },
  };
  const answer = await arm.expect(call, [200], 'listing role definitions');
  const found = (answer.body['value'] ?? []) as JsonMap[];
  if (found.length !== 1)
    throw new Failure(`listing role definitions: could not find role \`${role}\``);
  return text(found[0]?.['id']);
}

async function completeAssignment(planned: ValueMap, setting: Setting): Promise<void> {
  if (!isZero(planned['role_definition_name'])) {
    const role = planned['role_definition_name'] as string;
    planned['role_definition_id'] = await definitionByName(
      planned['scope'] as string,
      role,
      setting,
    );
  }
  if (isZero(planned['name'])) planned['name'] = randomUUID();
}

async function readRoleName(state: ValueMap, work: Work): Promise<void> {
  const path = state['role_definition_id'] as string;
  const answer = await work.setting.arm.expect(
    { method: 'GET', path, api: DEFINITIONS },
    [200],
    `retrieving Role Definition "${path}"`,
  );
  state['role_definition_name'] = text(at(answer.body, 'properties.roleName'));
}

const roleAssignment: ResourceTable = {
  label: 'Role Assignment',
  api: ASSIGNMENTS,
  path: `{scope}${AUTHORIZATION}roleAssignments/{name}`,
  fields: [
    both('role_definition_id', 'properties.roleDefinitionId'),
    both('principal_id', 'properties.principalId'),
    both('principal_type', 'properties.principalType'),
    both('description', 'properties.description', { empty: '' }),
    both('condition', 'properties.condition'),
    both('condition_version', 'properties.conditionVersion'),
    both('delegated_managed_identity_resource_id', 'properties.delegatedManagedIdentityResourceId'),
  ],
  accepts: ['role_definition_name', 'skip_service_principal_aad_check'],
  complete: completeAssignment,
  shape: (body, planned) => {
    const skips = planned['skip_service_principal_aad_check'] === true;
    if (skips && isZero(planned['principal_type']))
      put(body, 'properties.principalType', 'ServicePrincipal');
    if (!isZero(planned['condition']) && isZero(planned['condition_version']))
      put(body, 'properties.conditionVersion', '2.0');
  },
  readMore: readRoleName,
};

const permissions = many('permissions', 'properties.permissions', [
  both('actions', 'actions', { empty: [] }),
  both('not_actions', 'notActions', { empty: [] }),
  both('data_actions', 'dataActions', { empty: [] }),
  both('not_data_actions', 'notDataActions', { empty: [] }),
]);

const roleDefinition: ResourceTable = {
  label: 'Role Definition',
  api: DEFINITIONS,
  path: `{scope}${AUTHORIZATION}roleDefinitions/{role_definition_id}`,
  fields: [
    both('name', 'properties.roleName'),
    both('description', 'properties.description', { empty: '' }),
    both('assignable_scopes', 'properties.assignableScopes'),
    permissions,
  ],
  fixed: { 'properties.type': 'CustomRole' },
  stateId: (id) => `${id}|${id.split(AUTHORIZATION)[0] as string}`,
  armId: (id) => id.split('|')[0] as string,
  complete: async (planned) => {
    if (isZero(planned['role_definition_id']))
      planned['role_definition_id'] = await Promise.resolve(randomUUID());
    if (isZero(planned['assignable_scopes']))
      planned['assignable_scopes'] = [planned['scope'] as string];
  },
  unshape: (state, json) => {
    state['role_definition_resource_id'] = text(json['id']);
  },
  update: 'put',
};

const federatedCredential: ResourceTable = {
  label: 'Federated Identity Credential',
  api: '2024-11-30',
  path: '{user_assigned_identity_id}/federatedIdentityCredentials/{name}',
  fields: [
    both('audience', 'properties.audiences'),
    both('issuer', 'properties.issuer'),
    both('subject', 'properties.subject'),
  ],
  update: 'put',
};

export const identityTables = {
  azurerm_user_assigned_identity: userAssignedIdentity,
  azurerm_role_assignment: roleAssignment,
  azurerm_role_definition: roleDefinition,
  azurerm_federated_identity_credential: federatedCredential,
};
