import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Json } from '../../../local-azure/arm/json.ts';
import { GROUP, startWithGroup } from './azure.ts';
import type { Azure } from './azure.ts';

/**
 * What Terraform's azurerm 5.2 sends for each type it uses here (the paths of its bodies), the status
 * it takes for a first PUT, and what it must find in the answers. Distilled from its traffic.
 */
interface Row {
  /** Below the group's `providers/`, or below the scope before it. */
  readonly path: string;
  readonly created: 200 | 201;
  readonly body: Json;
  /** Properties (or, with `identity`, members) that the answers must have. */
  readonly finds: Json;
  /** No DELETE of its own. */
  readonly stays?: boolean;
}

const location = 'westeurope';
const id = (path: string): string => `${GROUP}/providers/${path}`;
const guid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as unknown;
const VNET = 'Microsoft.Network/virtualNetworks/net';
const subnet = (name: string): string => id(`${VNET}/subnets/${name}`);
const STORE = 'Microsoft.Storage/storageAccounts/store1';
const SITE = 'Microsoft.Web/sites/lab-app';
const VM = 'Microsoft.Compute/virtualMachines/probe';
const ZONE = 'Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net';
const WEB_ID = 'Microsoft.ManagedIdentity/userAssignedIdentities/web';
const ROLE = 'Microsoft.Authorization/roleDefinitions/00000000-0000-4000-8000-00000000cccc';

const subnetBody = (prefix: string, more: Json = {}): Json => ({
  properties: {
    addressPrefixes: [prefix],
    defaultOutboundAccess: false,
    delegations: [],
    privateEndpointNetworkPolicies: 'Disabled',
    privateLinkServiceNetworkPolicies: 'Enabled',
    serviceEndpointPolicies: [],
    serviceEndpoints: [],
    sharingScope: '',
    ...more,
  },
});

const rows: readonly Row[] = [
  {
    path: VNET,
    created: 201,
    body: {
      location,
      properties: {
        addressSpace: { addressPrefixes: ['10.1.0.0/16'] },
        dhcpOptions: { dnsServers: [] },
        privateEndpointVNetPolicies: 'Disabled',
        subnets: [],
      },
    },
    finds: { provisioningState: 'Succeeded', resourceGuid: guid, subnets: expect.any(Array) },
  },
  {
    path: `${VNET}/subnets/default`,
    created: 201,
    body: subnetBody('10.1.0.0/24'),
    finds: { addressPrefixes: ['10.1.0.0/24'], defaultOutboundAccess: false },
  },
  {
    path: `${VNET}/subnets/AzureFirewallSubnet`,
    created: 201,
    body: subnetBody('10.1.1.0/26'),
    finds: { sharingScope: '' },
  },
  {
    path: `${VNET}/subnets/inference`,
    created: 201,
    body: subnetBody('10.1.2.0/26', {
      delegations: [
        {
          name: 'web',
          properties: {
            actions: ['Microsoft.Network/virtualNetworks/subnets/action'],
            serviceName: 'Microsoft.Web/serverFarms',
          },
        },
      ],
    }),
    finds: {
      delegations: [{ name: 'web', properties: { serviceName: 'Microsoft.Web/serverFarms' } }],
    },
  },
  {
    path: 'Microsoft.Network/networkSecurityGroups/nsg',
    created: 201,
    body: {
      location,
      properties: {
        securityRules: [
          {
            name: 'deny-inbound',
            properties: { access: 'Deny', direction: 'Inbound', priority: 4096, protocol: '*' },
          },
        ],
      },
    },
    finds: { securityRules: [{ name: 'deny-inbound', properties: { priority: 4096 } }] },
  },
  {
    path: 'Microsoft.Network/routeTables/rt',
    created: 201,
    body: {
      location,
      properties: {
        disableBgpRoutePropagation: false,
        routes: [
          {
            name: 'default',
            properties: {
              addressPrefix: '0.0.0.0/0',
              nextHopIpAddress: '10.1.1.4',
              nextHopType: 'VirtualAppliance',
            },
          },
        ],
      },
    },
    finds: { routes: [{ id: id('Microsoft.Network/routeTables/rt/routes/default') }] },
  },
  {
    path: 'Microsoft.Network/publicIPAddresses/ip',
    created: 201,
    body: {
      location,
      sku: { name: 'Standard', tier: 'Regional' },
      properties: {
        publicIPAddressVersion: 'IPv4',
        publicIPAllocationMethod: 'Static',
        idleTimeoutInMinutes: 4,
      },
    },
    finds: { ipAddress: expect.stringMatching(/^\d+(\.\d+){3}$/) },
  },
  {
    path: 'Microsoft.Network/firewallPolicies/policy',
    created: 201,
    body: { location, properties: { sku: { tier: 'Standard' }, threatIntelMode: 'Alert' } },
    finds: { sku: { tier: 'Standard' }, threatIntelMode: 'Alert' },
  },
  {
    path: 'Microsoft.Network/firewallPolicies/policy/ruleCollectionGroups/egress',
    created: 201,
    body: {
      properties: {
        priority: 200,
        ruleCollections: [
          {
            name: 'aml',
            priority: 200,
            ruleCollectionType: 'FirewallPolicyFilterRuleCollection',
            rules: [],
          },
        ],
      },
    },
    finds: { priority: 200, ruleCollections: [{ name: 'aml' }] },
  },
  {
    path: 'Microsoft.Network/azureFirewalls/fw',
    created: 201,
    body: {
      location,
      properties: {
        additionalProperties: {},
        firewallPolicy: { id: id('Microsoft.Network/firewallPolicies/policy') },
        ipConfigurations: [
          {
            name: 'cfg',
            properties: {
              publicIPAddress: { id: id('Microsoft.Network/publicIPAddresses/ip') },
              subnet: { id: subnet('AzureFirewallSubnet') },
            },
          },
        ],
        sku: { name: 'AZFW_VNet', tier: 'Standard' },
        threatIntelMode: '',
      },
    },
    finds: { ipConfigurations: [{ properties: { privateIPAddress: '10.1.1.4' } }] },
  },
  {
    path: ZONE,
    created: 201,
    body: { location: 'global', tags: {} },
    finds: { provisioningState: 'Succeeded' },
  },
  {
    path: `${ZONE}/virtualNetworkLinks/link`,
    created: 201,
    body: {
      location: 'global',
      properties: { registrationEnabled: false, virtualNetwork: { id: id(VNET) } },
    },
    finds: { registrationEnabled: false, virtualNetwork: { id: id(VNET) } },
  },
  {
    path: WEB_ID,
    created: 201,
    body: { location, properties: { isolationScope: 'None' } },
    finds: { principalId: guid, clientId: guid, tenantId: guid },
  },
  {
    path: `${WEB_ID}/federatedIdentityCredentials/gh`,
    created: 201,
    body: {
      properties: {
        audiences: ['api://AzureADTokenExchange'],
        issuer: 'https://token.actions.githubusercontent.com',
        subject: 'repo:o/r:environment:dev',
      },
    },
    finds: { subject: 'repo:o/r:environment:dev' },
  },
  {
    path: STORE,
    created: 200,
    body: {
      location,
      kind: 'StorageV2',
      sku: { name: 'Standard_ZRS', tier: 'Standard' },
      identity: { type: 'None', userAssignedIdentities: null },
      properties: { publicNetworkAccess: 'Disabled', allowSharedKeyAccess: false },
    },
    finds: {
      primaryEndpoints: { blob: 'https://store1.blob.core.windows.net/' },
      primaryLocation: location,
      statusOfPrimary: 'available',
      networkAcls: { defaultAction: 'Allow' },
    },
  },
  {
    path: `${STORE}/blobServices/default`,
    created: 200,
    stays: true,
    body: {
      properties: { isVersioningEnabled: true, deleteRetentionPolicy: { enabled: true, days: 7 } },
    },
    finds: { isVersioningEnabled: true, deleteRetentionPolicy: { days: 7 } },
  },
  {
    path: `${STORE}/blobServices/default/containers/datasets`,
    created: 201,
    body: { properties: { metadata: {}, publicAccess: 'None' } },
    finds: { publicAccess: 'None' },
  },
  {
    path: `${STORE}/managementPolicies/default`,
    created: 200,
    body: {
      properties: { policy: { rules: [{ name: 'expire', enabled: true, type: 'Lifecycle' }] } },
    },
    finds: { policy: { rules: [{ name: 'expire' }] } },
  },
  {
    path: 'Microsoft.KeyVault/vaults/lab-kv',
    created: 200,
    body: {
      location,
      properties: {
        createMode: 'default',
        enablePurgeProtection: true,
        enableRbacAuthorization: true,
        sku: { family: 'A', name: 'standard' },
      },
    },
    finds: {
      vaultUri: 'https://lab-kv.vault.azure.net/',
      enableRbacAuthorization: true,
      enablePurgeProtection: true,
    },
  },
  {
    path: 'Microsoft.ContainerRegistry/registries/labimages',
    created: 201,
    body: {
      location,
      sku: { name: 'Premium', tier: 'Premium' },
      properties: { publicNetworkAccess: 'Disabled', policies: { retentionPolicy: {} } },
    },
    finds: {
      loginServer: 'labimages.azurecr.io',
      policies: { exportPolicy: { status: 'enabled' } },
    },
  },
  {
    path: 'Microsoft.OperationalInsights/workspaces/log',
    created: 201,
    body: { location, properties: { sku: { name: 'PerGB2018' }, retentionInDays: 0 } },
    finds: { customerId: guid, retentionInDays: 30, sku: { name: 'PerGB2018' } },
  },
  {
    path: 'Microsoft.Insights/components/ai',
    created: 200,
    body: {
      location,
      kind: 'web',
      properties: {
        Application_Type: 'web',
        WorkspaceResourceId: id('Microsoft.OperationalInsights/workspaces/log'),
      },
    },
    finds: {
      AppId: guid,
      InstrumentationKey: guid,
      ConnectionString: expect.stringContaining('InstrumentationKey='),
    },
  },
  {
    path: 'Microsoft.Network/azureFirewalls/fw/providers/Microsoft.Insights/diagnosticSettings/logs',
    created: 200,
    body: {
      properties: {
        logs: [{ categoryGroup: 'allLogs', enabled: true }],
        metrics: null,
        workspaceId: id('Microsoft.OperationalInsights/workspaces/log'),
      },
    },
    finds: { logs: [{ categoryGroup: 'allLogs', enabled: true }] },
  },
  {
    path: 'Microsoft.MachineLearningServices/workspaces/lab-ml',
    created: 200,
    body: {
      location,
      kind: 'Default',
      sku: { name: 'Basic', tier: 'Basic' },
      identity: { type: 'SystemAssigned', userAssignedIdentities: null },
      properties: {
        applicationInsights: id('Microsoft.Insights/components/ai'),
        containerRegistry: id('Microsoft.ContainerRegistry/registries/labimages'),
        keyVault: id('Microsoft.KeyVault/vaults/lab-kv'),
        storageAccount: id(STORE),
        publicNetworkAccess: 'Disabled',
      },
    },
    finds: {
      workspaceId: guid,
      // A closed workspace is found at its own, private host.
      discoveryUrl: expect.stringMatching(
        /^https:\/\/[0-9a-f-]{36}\.workspace\.westeurope\.api\.azureml\.ms\/discovery$/,
      ),
      publicNetworkAccess: 'Disabled',
    },
  },
  {
    path: 'Microsoft.Network/networkInterfaces/nic',
    created: 201,
    body: {
      location,
      properties: {
        ipConfigurations: [
          {
            name: 'cfg',
            properties: { privateIPAllocationMethod: 'Dynamic', subnet: { id: subnet('default') } },
          },
        ],
      },
    },
    finds: { ipConfigurations: [{ name: 'cfg', properties: { privateIPAddress: '10.1.0.4' } }] },
  },
  {
    path: VM,
    created: 201,
    body: {
      location,
      identity: { type: 'SystemAssigned' },
      properties: {
        hardwareProfile: { vmSize: 'Standard_D2as_v5' },
        networkProfile: {
          networkInterfaces: [
            { id: id('Microsoft.Network/networkInterfaces/nic'), properties: { primary: true } },
          ],
        },
        osProfile: {
          adminUsername: 'a',
          adminPassword: 'Secret-123456',
          computerName: 'probe',
          linuxConfiguration: {},
        },
        storageProfile: {
          imageReference: { offer: 'o', publisher: 'p', sku: 's', version: 'latest' },
          osDisk: {
            caching: 'ReadWrite',
            createOption: 'FromImage',
            managedDisk: { storageAccountType: 'Standard_LRS' },
          },
        },
      },
    },
    finds: {
      vmId: guid,
      storageProfile: {
        osDisk: {
          osType: 'Linux',
          name: expect.stringContaining('probe_OsDisk'),
          managedDisk: { id: expect.stringContaining('/disks/') },
        },
      },
    },
  },
  {
    path: 'Microsoft.DevTestLab/schedules/shutdown-computevm-probe',
    created: 201,
    body: {
      location,
      properties: {
        status: 'Enabled',
        taskType: 'ComputeVmShutdownTask',
        targetResourceId: id(VM),
      },
    },
    finds: { status: 'Enabled', uniqueIdentifier: guid },
  },
  {
    path: 'Microsoft.Web/serverFarms/plan',
    created: 200,
    body: {
      location,
      sku: { name: 'P0v3', capacity: 1 },
      properties: { reserved: true, perSiteScaling: false },
    },
    finds: { status: 'Ready', maximumElasticWorkerCount: 1, numberOfWorkers: 1 },
  },
  {
    path: SITE,
    created: 200,
    body: {
      location,
      identity: { type: 'UserAssigned', userAssignedIdentities: { [id(WEB_ID)]: {} } },
      properties: {
        serverFarmId: id('Microsoft.Web/serverFarms/plan'),
        httpsOnly: true,
        siteConfig: { linuxFxVersion: 'PYTHON|3.12', appSettings: [] },
        virtualNetworkSubnetId: subnet('inference'),
        vnetRouteAllEnabled: true,
      },
    },
    finds: {
      defaultHostName: 'lab-app.azurewebsites.net',
      vnetRouteAllEnabled: true,
      outboundIpAddresses: expect.any(String),
    },
  },
  {
    path: 'Microsoft.Network/privateEndpoints/pe',
    created: 201,
    body: {
      location,
      properties: {
        customNetworkInterfaceName: '',
        ipConfigurations: [],
        manualPrivateLinkServiceConnections: [],
        privateLinkServiceConnections: [
          {
            name: 'vault',
            properties: {
              groupIds: ['vault'],
              privateLinkServiceId: id('Microsoft.KeyVault/vaults/lab-kv'),
            },
          },
        ],
        subnet: { id: subnet('default') },
      },
    },
    finds: {
      networkInterfaces: [{ id: expect.stringContaining('/networkInterfaces/pe.nic.') }],
      privateLinkServiceConnections: [
        { properties: { privateLinkServiceConnectionState: { status: 'Approved' } } },
      ],
    },
  },
  {
    path: 'Microsoft.Network/privateEndpoints/pe/privateDnsZoneGroups/default',
    created: 201,
    body: {
      properties: {
        privateDnsZoneConfigs: [{ name: 'vault', properties: { privateDnsZoneId: id(ZONE) } }],
      },
    },
    finds: {
      privateDnsZoneConfigs: [
        { properties: { recordSets: [{ recordSetName: 'lab-kv', ipAddresses: ['10.1.0.5'] }] } },
      ],
    },
  },
  {
    path: 'Microsoft.Network/bastionHosts/bastion',
    created: 201,
    body: {
      location,
      sku: { name: 'Developer' },
      properties: { scaleUnits: 2, virtualNetwork: { id: id(VNET) } },
    },
    finds: { dnsName: expect.stringMatching(/\.bastion\.azure\.com$/) },
  },
  {
    path: 'Microsoft.Network/serviceEndpointPolicies/sep',
    created: 201,
    body: {
      location,
      properties: {
        serviceEndpointPolicyDefinitions: [
          {
            name: 'own',
            properties: { service: 'Microsoft.Storage', serviceResources: [id(STORE)] },
          },
        ],
      },
    },
    finds: { serviceEndpointPolicyDefinitions: [{ name: 'own' }] },
  },
  {
    path: ROLE,
    created: 201,
    body: {
      properties: {
        roleName: 'run',
        type: 'CustomRole',
        assignableScopes: [GROUP],
        permissions: [{ actions: ['a/b'], notActions: [] }],
      },
    },
    finds: { roleName: 'run', updatedOn: expect.any(String) },
  },
  {
    path: 'Microsoft.ContainerRegistry/registries/labimages/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-00000000eeee',
    created: 201,
    body: {
      properties: {
        principalId: '00000000-0000-4000-8000-0000000000aa',
        principalType: 'ServicePrincipal',
        roleDefinitionId: `${GROUP.split('/resourceGroups')[0] ?? ''}/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d`,
      },
    },
    finds: {
      scope: id('Microsoft.ContainerRegistry/registries/labimages'),
      principalType: 'ServicePrincipal',
    },
  },
];

describe('what azurerm sends', () => {
  let azure: Azure;

  beforeAll(async () => {
    azure = await startWithGroup();
  });

  it.each(rows)(
    'is created, read and written again: $path',
    async ({ path, created, body, finds }) => {
      const first = await azure.send(`PUT ${id(path)}`, body);
      expect({ status: first.status, error: first.json['error'] }).toEqual({
        status: created,
        error: undefined,
      });
      expect(first.json).toMatchObject({ id: id(path), properties: finds });
      const read = await azure.send(`GET ${id(path)}`);
      expect([read.status, read.json]).toEqual([200, expect.objectContaining({ id: id(path) })]);
      expect(read.json).toMatchObject({ properties: finds });
      const again = await azure.send(`PUT ${id(path)}`, body);
      expect([200, created]).toContain(again.status);
      expect(again.json).toMatchObject({ properties: finds });
    },
  );

  it('leaves no secret in any answer', async () => {
    const reply = await azure.send(`GET ${id(VM)}`);
    expect(JSON.stringify(reply.json)).not.toContain('Secret-123456');
  });

  it('shows user-assigned identities with their principals', async () => {
    const web = await azure.send(`GET ${id(WEB_ID)}`);
    const { principalId, clientId } = web.json['properties'] as Json;
    expect((await azure.send(`GET ${id(SITE)}`)).json).toMatchObject({
      identity: {
        type: 'UserAssigned',
        userAssignedIdentities: { [id(WEB_ID)]: { principalId, clientId } },
      },
    });
  });

  it('is deleted in the opposite order, and gone', async () => {
    for (const { path, stays } of [...rows].reverse()) {
      if (stays) continue;
      const deletion = await azure.send(`DELETE ${id(path)}`);
      expect([path, deletion.status]).toEqual([path, 200]);
      expect([path, (await azure.send(`GET ${id(path)}`)).status]).toEqual([path, 404]);
      expect((await azure.send(`DELETE ${id(path)}`)).status).toBe(204);
    }
    const left = azure.world.resources.below(GROUP).map(({ type }) => type);
    expect(left).toEqual(['Microsoft.Compute/disks']);
  });
});
