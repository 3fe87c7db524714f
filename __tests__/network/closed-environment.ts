import type { Outputs } from '../../src/terraform/outputs.ts';
import { fakeArm } from '../support/fake-arm.ts';
import type { FakeArm, Script } from '../support/fake-arm.ts';
import { outputs as usual, subscriptionId } from '../support/settings.ts';

/** A resource as ARM gives it, open for a test to change. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a body of ARM, changed by path
export type Body = Record<string, any>;

/** What ARM answers, by the path behind the resource group's providers; lists end in /. */
export type Answers = Record<string, Body>;

const group = `/subscriptions/${subscriptionId}/resourceGroups/innereye-lab`;
const id = (path: string): string => `${group}/providers/${path}`;
const network = (path: string): string => id(`Microsoft.Network/${path}`);
const subnetId = (name: string): string => network(`virtualNetworks/lab-vnet/subnets/${name}`);
const ref = (of: string): Body => ({ id: of });
const guid = '12345678-1234-1234-1234-123456789abc';
const off = 'Disabled';

export const principals = {
  cluster: 'cccccccc-0000-0000-0000-000000000001',
  inference: 'cccccccc-0000-0000-0000-000000000002',
  probe: 'cccccccc-0000-0000-0000-000000000003',
  workspace: 'cccccccc-0000-0000-0000-000000000004',
  deployer: 'cccccccc-0000-0000-0000-000000000005',
};

/** The rows that the fake firewall has rules for. */
export function environment(): Outputs {
  const [first] = usual().egress;
  if (first === undefined) throw new Error('no row to begin with');
  return usual({
    egress: [
      { ...first, from: ['inference', 'probe'] },
      {
        ...{ ...first, name: 'entra', kind: 'tag', destinations: ['AzureActiveDirectory'] },
        ...{
          protocols: ['TCP'],
          ports: ['443'],
          from: ['default'],
          breaks: 'No node gets a token.',
        },
      },
    ],
  });
}

const prefixes = {
  default: '10.1.0.0/24',
  inference: '10.1.2.0/26',
  probe: '10.1.3.0/28',
  jumpbox: '10.1.4.0/28',
};

function subnet(name: keyof typeof prefixes): Body {
  return {
    id: subnetId(name),
    name,
    properties: {
      addressPrefixes: [prefixes[name]],
      defaultOutboundAccess: false,
      routeTable: ref(network('routeTables/lab-egress')),
      networkSecurityGroup: ref(network(`networkSecurityGroups/lab-${name}-nsg`)),
      serviceEndpoints: name === 'default' ? [{ service: 'Microsoft.Storage' }] : [],
      ...(name === 'default'
        ? { serviceEndpointPolicies: [ref(network('serviceEndpointPolicies/lab-storage'))] }
        : {}),
      ipConfigurations: [ref(network(`networkInterfaces/lab-${name}-nic/ipConfigurations/one`))],
    },
  };
}

function securityRule(name: string, source: string, access: string, more: Body = {}): Body {
  return {
    name,
    properties: {
      ...{ priority: 100, direction: 'Inbound', access, protocol: '*', sourcePortRange: '*' },
      ...{ sourceAddressPrefix: source, destinationAddressPrefix: '*', destinationPortRange: '*' },
      ...more,
    },
  };
}

function securityGroup(...rules: readonly Body[]): Body {
  const end = securityRule('deny-inbound', '*', 'Deny', { priority: 4096 });
  return { properties: { securityRules: [...rules, end] } };
}

/** Endpoints: name, target, group, zone records with their addresses. */
const endpoints = [
  ['vault', 'Microsoft.KeyVault/vaults/lab-kv-abc123', 'vault', ['10.1.0.5']],
  ['blob', 'Microsoft.Storage/storageAccounts/labstabc123', 'blob', ['10.1.0.6']],
  ['file', 'Microsoft.Storage/storageAccounts/labstabc123', 'file', ['10.1.0.7']],
  ['registry', 'Microsoft.ContainerRegistry/registries/labcrabc123', 'registry', ['10.1.0.8']],
  [
    'workspace',
    'Microsoft.MachineLearningServices/workspaces/lab-ml',
    'amlworkspace',
    ['10.1.0.9', '10.1.0.10'],
  ],
  ['inference', 'Microsoft.Web/sites/lab-inference-abc123', 'sites', ['10.1.0.11']],
] as const;

const records: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'privatelink.vaultcore.azure.net': { 'lab-kv-abc123': '10.1.0.5' },
  'privatelink.blob.core.windows.net': { labstabc123: '10.1.0.6' },
  'privatelink.file.core.windows.net': { labstabc123: '10.1.0.7' },
  'privatelink.azurecr.io': { labcrabc123: '10.1.0.8' },
  'privatelink.api.azureml.ms': { [`${guid}.workspace.westeurope`]: '10.1.0.9' },
  'privatelink.notebooks.azure.net': { [`ml-lab-ml-westeurope-${guid}.westeurope`]: '10.1.0.10' },
  'privatelink.azurewebsites.net': {
    'lab-inference-abc123': '10.1.0.11',
    'lab-inference-abc123.scm': '10.1.0.11',
  },
};

function endpoint([name, target, part]: (typeof endpoints)[number]): Body {
  const connection = {
    properties: {
      privateLinkServiceId: id(target),
      groupIds: [part],
      privateLinkServiceConnectionState: { status: 'Approved' },
    },
  };
  return {
    id: network(`privateEndpoints/lab-${name}-pe`),
    name: `lab-${name}-pe`,
    properties: {
      subnet: ref(subnetId('default')),
      networkInterfaces: [ref(network(`networkInterfaces/lab-${name}-pe-nic`))],
      privateLinkServiceConnections: [connection],
    },
  };
}

function endpointCard([name, , , addresses]: (typeof endpoints)[number]): Body {
  return card(`lab-${name}-pe-nic`, 'default', addresses, {
    privateEndpoint: ref(network(`privateEndpoints/lab-${name}-pe`)),
  });
}

function card(name: string, subnetName: string, addresses: readonly string[], more: Body): Body {
  const ipConfigurations = addresses.map((privateIPAddress) => ({
    properties: { privateIPAddress, subnet: ref(subnetId(subnetName)) },
  }));
  return {
    id: network(`networkInterfaces/${name}`),
    name,
    properties: { ipConfigurations, ...more },
  };
}

function machine(name: string, more: Body = {}): Body {
  return {
    id: id(`Microsoft.Compute/virtualMachines/${name}`),
    name,
    properties: {
      osProfile: { adminUsername: 'innereye' },
      networkProfile: { networkInterfaces: [ref(network(`networkInterfaces/${name}-nic`))] },
    },
    ...more,
  };
}

function service(type: string, name: string, properties: Body, more: Body = {}): Body {
  return {
    ...{ id: id(`${type}/${name}`), name },
    properties: { publicNetworkAccess: off, ...properties },
    ...more,
  };
}

function compute(name: string, computeType: string, properties: Body): Body {
  return {
    name,
    properties: {
      ...{ computeType, disableLocalAuth: true },
      properties: { enableNodePublicIp: false, subnet: ref(subnetId('default')), ...properties },
    },
  };
}

const role = (name: string): string =>
  `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${name}`;

/** An assignment of one of the roles below, on something in the group or on the group. */
export function assignment(principalId: string, roleName: string, scope: string): Body {
  const properties = { principalId, roleDefinitionId: role(roleName), principalType: 'User' };
  return { properties: { ...properties, scope: scope === '' ? group : id(scope) } };
}

const definition = (roleName: string, ...actions: readonly string[]): Body => ({
  properties: { roleName, permissions: [{ actions }] },
});

function rules(): Body {
  const network443 = {
    ...{ ruleType: 'NetworkRule', name: 'entra', ipProtocols: ['TCP'], destinationPorts: ['443'] },
    ...{ sourceAddresses: ['10.1.0.0/24'], destinationAddresses: ['AzureActiveDirectory'] },
  };
  const host = {
    ...{ ruleType: 'ApplicationRule', name: 'login.microsoftonline.com' },
    protocols: [{ protocolType: 'Https', port: 443 }],
    sourceAddresses: ['10.1.2.0/26', '10.1.3.0/28'],
    targetFqdns: ['login.microsoftonline.com'],
  };
  const filter = (name: string, rule: Body): Body => ({
    ...{ ruleCollectionType: 'FirewallPolicyFilterRuleCollection', name },
    ...{ action: { type: 'Allow' }, rules: [rule] },
  });
  const ruleCollections = [filter('services', network443), filter('hosts', host)];
  return { name: 'egress', properties: { priority: 100, ruleCollections } };
}

function zones(): Answers {
  const dns = (zone: string): string => `Microsoft.Network/privateDnsZones/${zone}`;
  const link = { properties: { virtualNetwork: ref(network('virtualNetworks/lab-vnet')) } };
  return Object.fromEntries([
    [
      'Microsoft.Network/privateDnsZones/',
      Object.keys(records).map((name) => ({ id: id(dns(name)), name })),
    ],
    ...Object.entries(records).flatMap(([zone, hosts]) => [
      [`${dns(zone)}/virtualNetworkLinks/`, [structuredClone(link)]],
      [
        `${dns(zone)}/A/`,
        Object.entries(hosts).map(([name, ipv4Address]) => ({
          ...{ name, properties: { aRecords: [{ ipv4Address }] } },
        })),
      ],
    ]),
  ]) as Answers;
}

function networkAnswers(): Answers {
  const at = (path: string): string => `Microsoft.Network/${path}`;
  const policy = 'firewallPolicies/lab-firewall-policy';
  const firewall = network('azureFirewalls/lab-firewall');
  return {
    [at('publicIPAddresses/')]: [
      {
        ...{ id: network('publicIPAddresses/lab-firewall-ip'), name: 'lab-firewall-ip' },
        properties: {
          ...{ ipAddress: '203.0.113.1' },
          ipConfiguration: ref(`${firewall}/azureFirewallIpConfigurations/egress`),
        },
      },
    ],
    [at('networkInterfaces/')]: [
      card('lab-probe-nic', 'probe', ['10.1.3.4'], {
        virtualMachine: ref(machine('lab-probe')['id'] as string),
      }),
      card('lab-jumpbox-nic', 'jumpbox', ['10.1.4.4'], {
        virtualMachine: ref(machine('lab-jumpbox')['id'] as string),
      }),
      ...endpoints.map(endpointCard),
    ],
    [at('virtualNetworks/')]: [
      {
        ...{ id: network('virtualNetworks/lab-vnet'), name: 'lab-vnet' },
        properties: {
          addressSpace: { addressPrefixes: ['10.1.0.0/16'] },
          virtualNetworkPeerings: [],
          subnets: [
            ...(Object.keys(prefixes) as (keyof typeof prefixes)[]).map(subnet),
            {
              ...{ id: subnetId('AzureFirewallSubnet'), name: 'AzureFirewallSubnet' },
              properties: { addressPrefix: '10.1.1.0/26' },
            },
          ],
        },
      },
    ],
    [at('routeTables/lab-egress')]: {
      properties: {
        disableBgpRoutePropagation: true,
        routes: [
          {
            name: 'everything-to-the-firewall',
            properties: {
              ...{ addressPrefix: '0.0.0.0/0', nextHopType: 'VirtualAppliance' },
              nextHopIpAddress: '10.1.1.4',
            },
          },
        ],
      },
    },
    [at('networkSecurityGroups/lab-default-nsg')]: securityGroup(
      securityRule('allow-own-subnet', '10.1.0.0/24', 'Allow'),
    ),
    [at('networkSecurityGroups/lab-inference-nsg')]: securityGroup(),
    [at('networkSecurityGroups/lab-probe-nsg')]: securityGroup(),
    [at('networkSecurityGroups/lab-jumpbox-nsg')]: securityGroup(
      securityRule('allow-bastion', '168.63.129.16/32', 'Allow', {
        ...{ protocol: 'Tcp', destinationPortRange: '3389' },
      }),
    ),
    [at('serviceEndpointPolicies/lab-storage')]: {
      properties: {
        serviceEndpointPolicyDefinitions: [
          {
            properties: {
              service: 'Microsoft.Storage',
              serviceResources: [id('Microsoft.Storage/storageAccounts/labstabc123')],
            },
          },
          {
            properties: {
              ...{ service: 'Global', serviceResources: ['/services/Azure/MachineLearning'] },
            },
          },
        ],
      },
    },
    [at('natGateways/')]: [],
    [at('virtualNetworkGateways/')]: [],
    [at('azureFirewalls/')]: [
      {
        ...{ id: firewall, name: 'lab-firewall' },
        properties: {
          threatIntelMode: 'Alert',
          firewallPolicy: ref(network(policy)),
          ipConfigurations: [
            {
              properties: {
                ...{ privateIPAddress: '10.1.1.4', subnet: ref(subnetId('AzureFirewallSubnet')) },
              },
            },
          ],
        },
      },
    ],
    [at(policy)]: { properties: { threatIntelMode: 'Deny', sku: { tier: 'Standard' } } },
    [at(`${policy}/ruleCollectionGroups/`)]: [rules()],
    [at('privateEndpoints/')]: endpoints.map(endpoint),
    [at('bastionHosts/')]: [
      {
        ...{ id: network('bastionHosts/lab-bastion'), name: 'lab-bastion' },
        ...{ sku: { name: 'Developer' } },
        properties: { virtualNetwork: ref(network('virtualNetworks/lab-vnet')) },
      },
    ],
    ...zones(),
  };
}

function serviceAnswers(): Answers {
  const site = 'Microsoft.Web/sites/lab-inference-abc123';
  const workspace = 'Microsoft.MachineLearningServices/workspaces';
  const account = 'Microsoft.Storage/storageAccounts/labstabc123';
  const identity = (name: keyof typeof principals): Body => ({
    ...{ id: id(`Microsoft.ManagedIdentity/userAssignedIdentities/lab-${name}-identity`) },
    ...{ name: `lab-${name}-identity`, properties: { principalId: principals[name] } },
  });
  return {
    'Microsoft.Storage/storageAccounts/': [
      service('Microsoft.Storage/storageAccounts', 'labstabc123', {
        ...{ allowBlobPublicAccess: false, allowSharedKeyAccess: true },
        allowCrossTenantReplication: false,
        networkAcls: { bypass: 'AzureServices', defaultAction: 'Deny' },
      }),
    ],
    'Microsoft.KeyVault/vaults/': [
      service('Microsoft.KeyVault/vaults', 'lab-kv-abc123', {
        ...{ networkAcls: { bypass: 'AzureServices' }, enableRbacAuthorization: true },
        ...{ enabledForDeployment: false, enabledForTemplateDeployment: null },
      }),
    ],
    'Microsoft.ContainerRegistry/registries/': [
      service('Microsoft.ContainerRegistry/registries', 'labcrabc123', {
        ...{ adminUserEnabled: false, anonymousPullEnabled: false },
        ...{ networkRuleBypassOptions: 'AzureServices', networkRuleBypassAllowedForTasks: false },
        policies: { exportPolicy: { status: 'disabled' } },
      }),
    ],
    [`${workspace}/`]: [
      service(
        workspace,
        'lab-ml',
        {
          ...{ workspaceId: guid, storageAccount: id(account) },
          ...{
            systemDatastoresAuthMode: 'accessKey',
            managedNetwork: { isolationMode: 'Disabled' },
          },
        },
        { identity: { type: 'SystemAssigned', principalId: principals.workspace } },
      ),
    ],
    'Microsoft.Web/sites/': [
      service('Microsoft.Web/sites', 'lab-inference-abc123', {
        ...{ virtualNetworkSubnetId: subnetId('inference') },
        defaultHostName: 'lab-inference-abc123.azurewebsites.net',
      }),
    ],
    [`${site}/config/web`]: {
      properties: {
        ...{ vnetRouteAllEnabled: true, ftpsState: 'Disabled', remoteDebuggingEnabled: false },
      },
    },
    [`${site}/basicPublishingCredentialsPolicies/ftp`]: { properties: { allow: false } },
    [`${site}/basicPublishingCredentialsPolicies/scm`]: { properties: { allow: false } },
    'Microsoft.OperationalInsights/workspaces/': [
      {
        ...{ id: id('Microsoft.OperationalInsights/workspaces/lab-logs'), name: 'lab-logs' },
        properties: {
          ...{ publicNetworkAccessForIngestion: off, publicNetworkAccessForQuery: 'Enabled' },
          features: { disableLocalAuth: true },
        },
      },
    ],
    'Microsoft.Insights/components/': [
      {
        ...{ id: id('Microsoft.Insights/components/lab-insights'), name: 'lab-insights' },
        properties: {
          ...{ publicNetworkAccessForIngestion: off, publicNetworkAccessForQuery: 'Enabled' },
          DisableLocalAuth: true,
        },
      },
    ],
    'Microsoft.Compute/virtualMachines/': [
      machine('lab-probe', {
        identity: { userAssignedIdentities: { [identity('probe')['id'] as string]: {} } },
      }),
      machine('lab-jumpbox'),
    ],
    'lab-probe/extensions/': [],
    'lab-jumpbox/extensions/': [
      {
        name: 'enablevmaccess',
        properties: {
          ...{ type: 'VMAccessAgent', provisioningState: 'Succeeded' },
          settings: { UserName: 'innereye' },
        },
      },
    ],
    'Microsoft.ManagedIdentity/userAssignedIdentities/': [
      ...(['cluster', 'inference', 'probe'] as const).map(identity),
    ],
    ...Object.fromEntries(
      (['cluster', 'inference', 'probe'] as const).map((name) => [
        `lab-${name}-identity/federatedIdentityCredentials/`,
        [],
      ]),
    ),
    'providers/Microsoft.Insights/diagnosticSettings/': [
      {
        ...{ name: 'to-log-analytics' },
        properties: { workspaceId: id('Microsoft.OperationalInsights/workspaces/lab-logs') },
      },
    ],
    [`${workspace}/lab-ml/computes/`]: [
      compute('lab-cluster', 'AmlCompute', { remoteLoginPortPublicAccess: off }),
      compute('lab-ci-abc123', 'ComputeInstance', { sshSettings: { sshPublicAccess: off } }),
    ],
    'Microsoft.Authorization/roleAssignments/': [
      assignment(principals.probe, 'reader', `${workspace}/lab-ml`),
      assignment(principals.cluster, 'blob', account),
      assignment(principals.workspace, 'contributor', ''),
      assignment(principals.deployer, 'contributor', ''),
    ],
    'Microsoft.Authorization/roleDefinitions/reader': definition('Reader', '*/read'),
    'Microsoft.Authorization/roleDefinitions/blob': definition('Storage Blob Data Contributor'),
    'Microsoft.Authorization/roleDefinitions/contributor': definition('Contributor', '*'),
    'Microsoft.Authorization/roleDefinitions/owner': definition('Owner', '*'),
    'Microsoft.Authorization/roleDefinitions/strange': definition('Lab Technician', '*/read'),
    [`resources/`]: [
      { id: id(account), name: 'labstabc123', type: 'Microsoft.Storage/storageAccounts' },
    ],
  };
}

/** What ARM answers for an environment that is closed. */
export function closedEnvironment(): Answers {
  return { ...networkAnswers(), ...serviceAnswers() };
}

/** An Arm that gives these answers; keys that end in / are lists. */
export function armWith(answers: Answers): FakeArm {
  const script: Script = Object.fromEntries(
    Object.entries(answers).map(([path, body]) =>
      path.endsWith('/')
        ? [`LIST /${path.slice(0, -1)}`, () => body]
        : [`GET /${path}`, () => body],
    ),
  );
  return fakeArm(script);
}
