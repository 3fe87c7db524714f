/* eslint-disable @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-call -- bodies of ARM, which a mutation changes as plain JSON */
import { subscriptionId } from '../support/settings.ts';
import type { Answers, Body } from './closed-environment.ts';

/** A change of what ARM answers, and the rows that must tell of it. */
export type Mutation = readonly [title: string, change: (a: Answers) => void, ...rows: string[]];

const N = 'Microsoft.Network';
const list = (a: Answers, path: string): Body => {
  const found = a[`${path}/`];
  if (found === undefined) throw new Error(`no ${path}`);
  return found;
};
const first = (a: Answers, path: string): Body => list(a, path)[0];
const account = (a: Answers): Body => first(a, 'Microsoft.Storage/storageAccounts')['properties'];
const vault = (a: Answers): Body => first(a, 'Microsoft.KeyVault/vaults')['properties'];
const registry = (a: Answers): Body =>
  first(a, 'Microsoft.ContainerRegistry/registries')['properties'];
const workspace = (a: Answers): Body =>
  first(a, 'Microsoft.MachineLearningServices/workspaces')['properties'];
const card = (a: Answers): Body => first(a, `${N}/networkInterfaces`)['properties'];
const subnet = (a: Answers, name: string): Body =>
  first(a, `${N}/virtualNetworks`)['properties'].subnets.find((one: Body) => one['name'] === name)
    .properties;
const policy = (a: Answers): Body => a[`${N}/firewallPolicies/lab-firewall-policy`]?.['properties'];
const deny = (a: Answers): Body =>
  a[`${N}/networkSecurityGroups/lab-probe-nsg`]?.['properties'].securityRules.at(-1).properties;
const own = `/subscriptions/${subscriptionId}/resourceGroups`;
const theirs = `${own}/other/providers/${N}`;
const group = '/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/nodes/providers';
const resource = (type: string, name: string): Body => ({ id: `/x/${name}`, type, name });

/** Ways that leave the settings everybody looks at as they were. */
export const quietOpenings: readonly Mutation[] = [
  // interfaces
  ...(
    [
      ['loadBalancerBackendAddressPools', [{ id: `${theirs}/loadBalancers/lb` }]],
      ['loadBalancerInboundNatRules', [{ id: `${theirs}/loadBalancers/lb/inboundNatRules/ssh` }]],
      ['applicationGatewayBackendAddressPools', [{ id: `${theirs}/applicationGateways/gw` }]],
      ['gatewayLoadBalancer', { id: `${theirs}/loadBalancers/lb` }],
    ] as const
  ).map(
    ([member, value]) =>
      [
        `an interface with ${member}`,
        (a: Answers) => (card(a)['ipConfigurations'][0].properties[member] = value),
        'hole no-public-address: network interface lab-probe-nic',
      ] as const,
  ),
  [
    'an interface with a name server of its own',
    (a) => (card(a)['dnsSettings'] = { dnsServers: ['8.8.8.8'], appliedDnsServers: [] }),
    'hole names-by-azure: network interface lab-probe-nic',
  ],
  [
    'a machine with an interface of another group',
    (a) =>
      first(a, 'Microsoft.Compute/virtualMachines')[
        'properties'
      ].networkProfile.networkInterfaces.push({ id: `${theirs}/networkInterfaces/second` }),
    'unproven no-public-address: machine lab-probe',
  ],
  // subnets
  [
    'a subnet with IPv6',
    (a) => subnet(a, 'probe')['addressPrefixes'].push('fd00:1::/64'),
    'hole way-out-by-firewall: subnet probe',
    // its rule says nothing of the further range
    'hole egress-as-listed: login.microsoftonline.com',
  ],
  [
    "somebody else's machine among the nodes",
    (a) =>
      subnet(a, 'default')['ipConfigurations'].push({
        id: `${theirs}/networkInterfaces/x/ipConfigurations/one`,
      }),
    'hole no-stranger: subnet default',
  ],
  [
    "somebody else's endpoint among the nodes",
    (a) => (subnet(a, 'default')['privateEndpoints'] = [{ id: `${theirs}/privateEndpoints/x` }]),
    'hole no-stranger: subnet default',
  ],
  [
    "somebody else's gateway in a subnet",
    (a) =>
      (subnet(a, 'probe')['applicationGatewayIPConfigurations'] = [
        { id: `${theirs}/applicationGateways/x/gatewayIPConfigurations/one` },
      ]),
    'hole no-stranger: subnet probe',
  ],
  [
    "a subnet that somebody else's web app has joined",
    (a) => {
      const link = `${own}/other/providers/Microsoft.Web/serverfarms/theirs`;
      subnet(a, 'inference')['delegations'] = [
        { properties: { serviceName: 'Microsoft.Web/serverFarms' } },
      ];
      subnet(a, 'inference')['serviceAssociationLinks'] = [
        { properties: { linkedResourceType: 'Microsoft.Web/serverfarms', link } },
      ];
    },
    'hole no-stranger: subnet inference',
  ],
  [
    'a subnet that other subscriptions may use',
    (a) => (subnet(a, 'default')['sharingScope'] = 'Tenant'),
    'hole no-stranger: subnet default',
  ],
  [
    'a machine in a subnet of the platform',
    (a) =>
      list(a, `${N}/networkInterfaces`)['push']({
        name: 'stowaway',
        properties: {
          ipConfigurations: [
            { properties: { subnet: { id: `${vnetId(a)}/subnets/AzureFirewallSubnet` } } },
          ],
        },
      }),
    'hole way-out-by-firewall: subnet AzureFirewallSubnet',
    'hole no-learnt-route: subnet AzureFirewallSubnet',
    'hole no-default-outbound: subnet AzureFirewallSubnet',
    'hole nobody-let-in: subnet AzureFirewallSubnet',
  ],
  [
    'a denial for one source port alone',
    (a) => (deny(a)['sourcePortRange'] = '1'),
    'hole nobody-let-in: subnet probe',
  ],
  // names
  [
    'a firewall with a name server of its own',
    (a) => (policy(a)['dnsSettings'] = { enableProxy: false, servers: ['20.1.2.3'] }),
    'hole names-by-azure: firewall policy lab-firewall-policy',
  ],
  [
    'a zone for a listed host',
    (a) => {
      const zone = `${N}/privateDnsZones/login.microsoftonline.com`;
      list(a, `${N}/privateDnsZones`)['push']({ id: `/x/${zone}`, name: zone.split('/')[2] });
      a[`${zone}/virtualNetworkLinks/`] = [];
      a[`${zone}/A/`] = [];
    },
    'hole record-of-ours: login.microsoftonline.com',
  ],
  // services
  [
    'an account that trusts a stranger',
    (a) =>
      (account(a)['networkAcls'].resourceAccessRules = [
        { tenantId: 't', resourceId: '/subscriptions/x/providers/Microsoft.Synapse/workspaces/y' },
      ]),
    'hole no-stranger-trusted: storage account labstabc123',
  ],
  [
    'an account whose containers may go to other tenants',
    (a) => (account(a)['allowCrossTenantReplication'] = true),
    'hole no-copy-to-other-tenants: storage account labstabc123',
  ],
  [
    'a vault with policies of its own',
    (a) => (vault(a)['enableRbacAuthorization'] = false),
    'hole vault-by-roles: vault lab-kv-abc123',
  ],
  [
    'a vault that gives secrets to templates',
    (a) => (vault(a)['enabledForTemplateDeployment'] = true),
    'hole vault-by-roles: vault lab-kv-abc123',
  ],
  [
    'build tasks that pass the network rules',
    (a) => (registry(a)['networkRuleBypassAllowedForTasks'] = true),
    'hole registry-tasks-off: registry labcrabc123',
  ],
  [
    'images that can be exported',
    (a) => delete registry(a)['policies'],
    'hole registry-export-off: registry labcrabc123',
  ],
  [
    'a workspace with a managed network',
    (a) => (workspace(a)['managedNetwork'].isolationMode = 'AllowInternetOutbound'),
    'hole workspace-in-this-network: workspace lab-ml',
  ],
  [
    'a workspace whose jobs may run in another network',
    (a) =>
      (workspace(a)['serverlessComputeSettings'] = {
        ...{ serverlessComputeCustomSubnet: `${theirs}/virtualNetworks/x/subnets/y` },
        serverlessComputeNoPublicIP: true,
      }),
    'hole workspace-in-this-network: workspace lab-ml',
  ],
  [
    'an identity that takes tokens of another issuer',
    (a) =>
      (a['lab-probe-identity/federatedIdentityCredentials/'] = [
        {
          properties: { issuer: 'https://token.actions.githubusercontent.com', subject: 'repo:x' },
        },
      ]),
    'hole identity-stays-inside: identity lab-probe-identity',
  ],
  // what stands in the group and is a door
  ...(
    [
      ['Microsoft.Web/sites/slots', 'app/staging'],
      ['Microsoft.MachineLearningServices/workspaces/onlineEndpoints', 'lab-ml/scores'],
      ['Microsoft.ContainerRegistry/registries/webhooks', 'labcrabc123/hook'],
      ['Microsoft.Network/loadBalancers', 'lb'],
    ] as const
  ).map(
    ([type, name]) =>
      [
        `a door of the kind ${type}`,
        (a: Answers) => list(a, 'resources')['push'](resource(type, name)),
        `unproven nothing-unknown: ${type} ${name}`,
      ] as const,
  ),
];

function vnetId(a: Answers): string {
  return first(a, `${N}/virtualNetworks`)['id'] as string;
}

/** Answers that Azure gives of an environment that is closed, though they look otherwise. */
export const closedAllTheSame: readonly (readonly [string, (a: Answers) => void])[] = [
  [
    "Azure's own nodes among the computes and in the subnet of the web app",
    (a) => {
      const id = `${group}/Microsoft.Compute/virtualMachineScaleSets/x/ipConfigurations/one`;
      subnet(a, 'default')['ipConfigurations'].push({ id });
      subnet(a, 'inference')['delegations'] = [
        { properties: { serviceName: 'Microsoft.Web/serverFarms' } },
      ];
      subnet(a, 'inference')['ipConfigurations'].push({ id });
    },
  ],
  [
    'a connection that somebody asked for and nobody approved',
    (a) =>
      (vault(a)['privateEndpointConnections'] = [
        {
          properties: {
            privateEndpoint: { id: '/subscriptions/x/resourceGroups/y/pe' },
            privateLinkServiceConnectionState: { status: 'Pending' },
          },
        },
      ]),
  ],
  [
    "ids in Azure's capitals, and names in another case",
    (a) => {
      const [one] = subnet(a, 'probe')['ipConfigurations'];
      one.id = one.id.toUpperCase();
      first(a, `${N}/virtualNetworks`)['name'] = 'LAB-VNET';
    },
  ],
  [
    'members that are null where Azure has nothing to say',
    (a) => {
      card(a)['dnsSettings'] = { dnsServers: null, internalDomainNameSuffix: 'x' };
      card(a)['ipConfigurations'][0].properties.loadBalancerBackendAddressPools = null;
      subnet(a, 'probe')['serviceAssociationLinks'] = null;
      subnet(a, 'probe')['sharingScope'] = null;
      account(a)['networkAcls'].resourceAccessRules = null;
      account(a)['allowCrossTenantReplication'] = null;
      workspace(a)['managedNetwork'] = null;
      workspace(a)['serverlessComputeSettings'] = null;
      policy(a)['dnsSettings'] = { servers: [] };
    },
  ],
  [
    "Microsoft Defender's scanner and Azure's own resolver by name",
    (a) => {
      const resourceId =
        '/subscriptions/x/providers/Microsoft.Security/datascanners/StorageDataScanner';
      account(a)['networkAcls'].resourceAccessRules = [{ tenantId: 't', resourceId }];
      card(a)['dnsSettings'] = { dnsServers: ['AzureProvidedDNS'] };
    },
  ],
  [
    'what Azure adds to a group by itself',
    (a) =>
      list(a, 'resources')['push'](
        resource('microsoft.alertsmanagement/smartDetectorAlertRules', 'Failure Anomalies - x'),
        resource('microsoft.insights/actiongroups', 'Application Insights Smart Detection'),
        resource('Microsoft.Compute/virtualMachines/extensions', 'lab-jumpbox/enablevmaccess'),
        resource('Microsoft.Network/privateDnsZones/virtualNetworkLinks', 'x/y'),
        resource('Microsoft.DevTestLab/schedules', 'shutdown-computevm-lab-probe'),
        resource('Microsoft.Web/serverFarms', 'lab-inference-plan'),
      ),
  ],
];
