/**
 * What the identity of a deploy must be allowed to do, by what needs it. Actions as Azure names them
 * (learn.microsoft.com, "Azure permissions"); besides writing, Azure asks for an action on what a
 * resource is connected with (`join`, `assign`, the approval of a private endpoint).
 */
export interface Need {
  /** A resource type of Terraform, a template of `arm/`, or a step of the deploy. */
  readonly by: string;
  readonly actions: readonly string[];
}

const network = 'Microsoft.Network';
const machines = 'Microsoft.Compute/virtualMachines';
const learning = 'Microsoft.MachineLearningServices/workspaces';
const sites = 'Microsoft.Web/sites';
const accounts = 'Microsoft.Storage/storageAccounts';
const approval = 'privateEndpointConnectionsApproval/action';

/** In the group of the environment. A test compares it with what `terraform/` and `arm/` contain. */
export const environmentNeeds: readonly Need[] = [
  {
    by: 'azurerm_application_insights',
    actions: [
      'Microsoft.Insights/components/write',
      'Microsoft.Insights/components/currentBillingFeatures/write',
    ],
  },
  { by: 'azurerm_bastion_host', actions: [`${network}/bastionHosts/write`] },
  {
    by: 'azurerm_container_registry',
    actions: [
      'Microsoft.ContainerRegistry/registries/write',
      `Microsoft.ContainerRegistry/registries/${approval}`,
      'Microsoft.ContainerRegistry/registries/replications/write',
    ],
  },
  {
    by: 'azurerm_dev_test_global_vm_shutdown_schedule',
    actions: ['Microsoft.DevTestLab/schedules/write'],
  },
  { by: 'azurerm_firewall', actions: [`${network}/azureFirewalls/write`] },
  {
    by: 'azurerm_firewall_policy',
    actions: [`${network}/firewallPolicies/write`, `${network}/firewallPolicies/join/action`],
  },
  {
    by: 'azurerm_firewall_policy_rule_collection_group',
    actions: [`${network}/firewallPolicies/ruleCollectionGroups/write`],
  },
  {
    by: 'azurerm_key_vault',
    actions: ['Microsoft.KeyVault/vaults/write', `Microsoft.KeyVault/vaults/${approval}`],
  },
  { by: 'azurerm_linux_virtual_machine', actions: [`${machines}/write`] },
  {
    by: 'azurerm_linux_web_app',
    actions: [
      `${sites}/write`,
      `${sites}/${approval}`,
      `${sites}/config/write`,
      // the provider reads settings and publishing credentials of the app, and fails without
      `${sites}/config/list/action`,
      `${sites}/basicPublishingCredentialsPolicies/write`,
    ],
  },
  {
    by: 'azurerm_log_analytics_workspace',
    actions: ['Microsoft.OperationalInsights/workspaces/write'],
  },
  {
    by: 'azurerm_machine_learning_workspace',
    actions: [`${learning}/write`, `${learning}/${approval}`],
  },
  {
    by: 'azurerm_monitor_diagnostic_setting',
    actions: ['Microsoft.Insights/diagnosticSettings/write'],
  },
  {
    by: 'azurerm_network_interface',
    actions: [`${network}/networkInterfaces/write`, `${network}/networkInterfaces/join/action`],
  },
  {
    by: 'azurerm_network_security_group',
    actions: [
      `${network}/networkSecurityGroups/write`,
      `${network}/networkSecurityGroups/join/action`,
    ],
  },
  {
    by: 'azurerm_private_dns_zone',
    // azurerm writes the zone's SOA record again with every change of the zone, such as its tags.
    actions: [
      `${network}/privateDnsZones/write`,
      `${network}/privateDnsZones/SOA/write`,
      `${network}/privateDnsZones/join/action`,
    ],
  },
  {
    by: 'azurerm_private_dns_zone_virtual_network_link',
    actions: [
      `${network}/privateDnsZones/virtualNetworkLinks/write`,
      `${network}/virtualNetworks/join/action`,
    ],
  },
  {
    by: 'azurerm_private_endpoint',
    actions: [
      `${network}/privateEndpoints/write`,
      `${network}/privateEndpoints/privateDnsZoneGroups/write`,
    ],
  },
  {
    by: 'azurerm_public_ip',
    actions: [`${network}/publicIPAddresses/write`, `${network}/publicIPAddresses/join/action`],
  },
  {
    by: 'azurerm_resource_group',
    actions: ['Microsoft.Resources/subscriptions/resourceGroups/write'],
  },
  { by: 'azurerm_role_assignment', actions: ['Microsoft.Authorization/roleAssignments/write'] },
  {
    by: 'azurerm_route_table',
    actions: [`${network}/routeTables/write`, `${network}/routeTables/join/action`],
  },
  {
    by: 'azurerm_service_plan',
    actions: ['Microsoft.Web/serverFarms/write', 'Microsoft.Web/serverFarms/join/action'],
  },
  {
    by: 'azurerm_storage_account',
    actions: [`${accounts}/write`, `${accounts}/${approval}`, `${accounts}/blobServices/write`],
  },
  {
    by: 'azurerm_subnet',
    actions: [
      `${network}/virtualNetworks/subnets/write`,
      `${network}/virtualNetworks/subnets/join/action`,
    ],
  },
  {
    by: 'azurerm_subnet_network_security_group_association',
    actions: [`${network}/virtualNetworks/subnets/write`],
  },
  {
    by: 'azurerm_subnet_route_table_association',
    actions: [`${network}/virtualNetworks/subnets/write`],
  },
  {
    by: 'azurerm_subnet_service_endpoint_storage_policy',
    actions: [
      `${network}/serviceEndpointPolicies/write`,
      `${network}/serviceEndpointPolicies/join/action`,
      `${network}/serviceEndpointPolicies/joinSubnet/action`,
    ],
  },
  {
    by: 'azurerm_user_assigned_identity',
    actions: [
      'Microsoft.ManagedIdentity/userAssignedIdentities/write',
      'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action',
    ],
  },
  { by: 'azurerm_virtual_network', actions: [`${network}/virtualNetworks/write`] },
  { by: 'azurerm_windows_virtual_machine', actions: [`${machines}/write`] },
  {
    by: 'arm/computes.json',
    actions: [
      `${learning}/computes/write`,
      'Microsoft.Resources/deployments/write',
      'Microsoft.Resources/deployments/validate/action',
      'Microsoft.Resources/deployments/whatIf/action',
    ],
  },
  {
    by: 'arm/images.json',
    actions: [
      `${accounts}/write`,
      `${accounts}/${approval}`,
      `${accounts}/blobServices/write`,
      `${accounts}/blobServices/containers/write`,
      `${accounts}/managementPolicies/write`,
      `${network}/privateEndpoints/write`,
      `${network}/privateEndpoints/privateDnsZoneGroups/write`,
      'Microsoft.Insights/diagnosticSettings/write',
      'Microsoft.Resources/deployments/write',
    ],
  },
  {
    // the right to the account's key is no action of the role: the deploy gives it to itself, on that
    // one account, while it is needed (src/images/key-right.ts)
    by: 'arm/images-datastore.json',
    actions: [`${learning}/datastores/write`, 'Microsoft.Authorization/roleAssignments/write'],
  },
  {
    by: 'the vantage point inside',
    actions: [
      `${machines}/runCommands/write`,
      `${machines}/runCommands/delete`,
      `${machines}/start/action`,
      `${machines}/deallocate/action`,
    ],
  },
  { by: 'the containers of the data', actions: [`${accounts}/blobServices/containers/write`] },
  { by: 'the password of the jumpbox, made void', actions: [`${machines}/extensions/write`] },
  { by: 'the pass key of the web app', actions: ['Microsoft.KeyVault/vaults/secrets/write'] },
  { by: 'the package of the web app', actions: [`${sites}/extensions/write`] },
  {
    by: 'the health of the web app: a new pass key is taken, and the start-up log says why not',
    actions: [`${sites}/restart/action`, `${sites}/containerlogs/action`],
  },
];

/** In the group of the state. */
export const stateNeeds: readonly Need[] = [
  {
    by: 'the storage account of the state',
    actions: [
      'Microsoft.Resources/subscriptions/resourceGroups/write',
      `${accounts}/write`,
      `${accounts}/blobServices/write`,
      `${accounts}/blobServices/containers/write`,
      'Microsoft.Authorization/roleAssignments/write',
    ],
  },
];

/** All actions of some needs, each once; what is written is also read. */
export function actionsOf(needs: readonly Need[]): readonly string[] {
  const asked = needs.flatMap(({ actions }) => actions);
  const reads = asked
    .filter((action) => action.endsWith('/write'))
    .map((action) => action.replace(/write$/, 'read'));
  return [...new Set([...asked, ...reads])];
}

/** Resource types that a deploy makes and that stand in a region, such as Microsoft.Network/virtualNetworks. */
export const neededTypes: readonly string[] = [
  ...new Set(
    actionsOf(environmentNeeds)
      .filter((action) => /^[^/]+\/[^/]+\/write$/.test(action))
      .map((action) => action.replace(/\/write$/, ''))
      .filter(
        (type) => !/^Microsoft\.(Authorization|Resources|Insights\/diagnosticSettings)/.test(type),
      ),
  ),
];

/** Namespaces that must be registered: those of all types, and the one that a workspace makes use of itself. */
export const neededProviders: readonly string[] = [
  ...new Set([...neededTypes.map((type) => type.split('/')[0] ?? ''), 'Microsoft.Notebooks']),
].sort();

/**
 * The built-in roles that a deploy gives, by GUID, the same in every tenant (learn.microsoft.com,
 * "Azure built-in roles"): those of `terraform/`, which a test compares, and the one that the deploy
 * gives itself for a moment on the images' account.
 */
export const environmentRoles: Readonly<Record<string, string>> = {
  AcrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
  'AzureML Data Scientist': 'f6c7c914-8db3-469d-8ca1-694a8f32e121',
  'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6',
  Reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  'Storage Account Key Operator Service Role': '81a9662b-bebf-436f-a333-f67b29880f12',
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
};

/** What the identity of the deploy gives itself on the account of the state. */
export const stateRoles: Readonly<Record<string, string>> = {
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
};
