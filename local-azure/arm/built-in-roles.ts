/** What one permission of a role grants, as ARM writes it. */
export interface Permission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions?: readonly string[];
  readonly notDataActions?: readonly string[];
}

/** A role that Azure brings along. */
export interface BuiltInRole {
  readonly guid: string;
  readonly roleName: string;
  readonly permissions: readonly Permission[];
}

/** What nearly every narrower role of Azure may do besides its own subject. */
const USUAL = [
  'Microsoft.Authorization/*/read',
  'Microsoft.Insights/alertRules/*',
  'Microsoft.ResourceHealth/availabilityStatuses/read',
  'Microsoft.Resources/deployments/*',
  'Microsoft.Resources/subscriptions/resourceGroups/read',
] as const;

const CONTAINERS = 'Microsoft.Storage/storageAccounts/blobServices/containers';
const DELEGATION =
  'Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action';
const ML = 'Microsoft.MachineLearningServices/workspaces';

function role(
  guid: string,
  roleName: string,
  actions: readonly string[],
  more: Partial<Permission> = {},
): BuiltInRole {
  return { guid, roleName, permissions: [{ actions, notActions: [], ...more }] };
}

/**
 * Azure's built-in roles as far as this product meets them. GUIDs, actions and data actions: Azure
 * RBAC documentation, "Azure built-in roles" (learn.microsoft.com), the same in every tenant.
 */
export const builtInRoles: readonly BuiltInRole[] = [
  role('8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'Owner', ['*']),
  role('b24988ac-6180-42a0-ab88-20f7382dd24c', 'Contributor', ['*'], {
    notActions: [
      'Microsoft.Authorization/*/Delete',
      'Microsoft.Authorization/*/Write',
      'Microsoft.Authorization/elevateAccess/Action',
    ],
  }),
  role('acdd72a7-3385-48ef-bd42-f606fba81ae7', 'Reader', ['*/read']),
  role('18d7d88d-d35e-4fb5-a5c3-7773c20a72d9', 'User Access Administrator', [
    '*/read',
    'Microsoft.Authorization/*',
    'Microsoft.Support/*',
  ]),
  role('f58310d9-a9f6-439a-9e8d-f62e7b41a168', 'Role Based Access Control Administrator', [
    'Microsoft.Authorization/roleAssignments/write',
    'Microsoft.Authorization/roleAssignments/delete',
    '*/read',
    'Microsoft.Support/*',
  ]),
  role('7f951dda-4ed3-4680-a7ca-43fe172d538d', 'AcrPull', [
    'Microsoft.ContainerRegistry/registries/pull/read',
  ]),
  role('8311e382-0749-4cb8-b61a-304f252e45ec', 'AcrPush', [
    'Microsoft.ContainerRegistry/registries/pull/read',
    'Microsoft.ContainerRegistry/registries/push/write',
  ]),
  role('577a9874-89fd-4f24-9dbd-b5034d0ad23a', 'Container Registry Data Importer and Data Reader', [
    'Microsoft.ContainerRegistry/registries/importImage/action',
    'Microsoft.ContainerRegistry/registries/read',
    'Microsoft.ContainerRegistry/registries/pull/read',
  ]),
  role(
    'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
    'Storage Blob Data Owner',
    [`${CONTAINERS}/*`, DELEGATION],
    { dataActions: [`${CONTAINERS}/blobs/*`] },
  ),
  role(
    'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
    'Storage Blob Data Contributor',
    [`${CONTAINERS}/delete`, `${CONTAINERS}/read`, `${CONTAINERS}/write`, DELEGATION],
    {
      dataActions: ['delete', 'read', 'write', 'move/action', 'add/action'].map(
        (action) => `${CONTAINERS}/blobs/${action}`,
      ),
    },
  ),
  role(
    '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
    'Storage Blob Data Reader',
    [`${CONTAINERS}/read`, DELEGATION],
    { dataActions: [`${CONTAINERS}/blobs/read`] },
  ),
  role('db58b8e5-c6ad-4a2a-8342-4190687cbf4a', 'Storage Blob Delegator', [DELEGATION]),
  role('81a9662b-bebf-436f-a333-f67b29880f12', 'Storage Account Key Operator Service Role', [
    'Microsoft.Storage/storageAccounts/listkeys/action',
    'Microsoft.Storage/storageAccounts/regeneratekey/action',
  ]),
  role('17d1049b-9a84-46fb-8f53-869881c3d3ab', 'Storage Account Contributor', [
    ...USUAL,
    'Microsoft.Insights/diagnosticSettings/*',
    'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action',
    'Microsoft.Storage/storageAccounts/*',
  ]),
  role('00482a5a-887f-4fb3-b363-3b7fe8e74483', 'Key Vault Administrator', vaultManagement(), {
    dataActions: ['Microsoft.KeyVault/vaults/*'],
  }),
  role('b86a8fe4-44ce-4948-aee5-eccb2c155cd7', 'Key Vault Secrets Officer', vaultManagement(), {
    dataActions: ['Microsoft.KeyVault/vaults/secrets/*'],
  }),
  role('4633458b-17de-408a-b874-0445c86b69e6', 'Key Vault Secrets User', [], {
    dataActions: [
      'Microsoft.KeyVault/vaults/secrets/getSecret/action',
      'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
    ],
  }),
  role(
    'f6c7c914-8db3-469d-8ca1-694a8f32e121',
    'AzureML Data Scientist',
    [`${ML}/*/read`, `${ML}/*/action`, `${ML}/*/delete`, `${ML}/*/write`],
    {
      notActions: [
        `${ML}/delete`,
        `${ML}/write`,
        `${ML}/computes/*/write`,
        `${ML}/computes/*/delete`,
        `${ML}/computes/listKeys/action`,
        `${ML}/listKeys/action`,
        `${ML}/hubs/write`,
        `${ML}/hubs/delete`,
        `${ML}/featurestores/write`,
        `${ML}/featurestores/delete`,
      ],
    },
  ),
  role('de139f84-1756-47ae-9be6-808fbbe84772', 'Website Contributor', [
    ...USUAL,
    'Microsoft.Insights/components/*',
    'Microsoft.Support/*',
    'Microsoft.Web/certificates/*',
    'Microsoft.Web/listSitesAssignedToHostName/read',
    'Microsoft.Web/serverFarms/join/action',
    'Microsoft.Web/serverFarms/read',
    'Microsoft.Web/sites/*',
  ]),
];

/** What the roles for a vault's data may do with the vault itself. */
function vaultManagement(): string[] {
  return [
    'Microsoft.Authorization/*/read',
    'Microsoft.Insights/alertRules/*',
    'Microsoft.Resources/deployments/*',
    'Microsoft.Resources/subscriptions/resourceGroups/read',
    'Microsoft.Support/*',
    'Microsoft.KeyVault/checkNameAvailability/read',
    'Microsoft.KeyVault/deletedVaults/read',
    'Microsoft.KeyVault/locations/*/read',
    'Microsoft.KeyVault/vaults/*/read',
    'Microsoft.KeyVault/operations/read',
  ];
}
