/* eslint-disable @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-call -- bodies of ARM, which a mutation changes as plain JSON */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Cancelled, Problem } from '../../src/errors.ts';
import { armEvidence } from '../../src/network/arm-evidence.ts';
import { readDeployed } from '../../src/network/arm/read-deployed.ts';
import { givenRoles } from '../../src/network/arm/judge-rights.ts';
import { breaksProof, exceptionsIn, verdictOf } from '../../src/network/evidence.ts';
import type { Evidence } from '../../src/network/evidence.ts';
import type { Outputs } from '../../src/terraform/outputs.ts';
import {
  armWith,
  assignment,
  closedEnvironment,
  environment,
  principals,
} from './closed-environment.ts';
import type { Answers, Body } from './closed-environment.ts';
import { closedAllTheSame, quietOpenings } from './quiet-openings.ts';

type Change = (answers: Answers) => void;

async function evidenceOf(change: Change = () => undefined, outputs: Outputs = environment()) {
  const answers = closedEnvironment();
  change(answers);
  return armEvidence(outputs, await readDeployed(outputs, armWith(answers)));
}

const line = ({ result, check, subject }: Evidence): string => `${result} ${check}: ${subject}`;

/** Takes one answer out of many to change it. */
const at = (answers: Answers, path: string): Body => {
  const found = answers[path];
  if (found === undefined) throw new Error(`no ${path}`);
  return found;
};
const N = 'Microsoft.Network';
const nics = (a: Answers): Body => at(a, `${N}/networkInterfaces/`);
const vnet = (a: Answers): Body => at(a, `${N}/virtualNetworks/`)[0].properties;
const subnetNamed = (a: Answers, name: string): Body =>
  vnet(a)['subnets'].find((one: Body) => one['name'] === name).properties;
const routes = (a: Answers): Body[] => at(a, `${N}/routeTables/lab-egress`)['properties'].routes;
const table = (a: Answers): Body => at(a, `${N}/routeTables/lab-egress`)['properties'];
const rulesOf = (a: Answers, name: string): Body[] =>
  at(a, `${N}/networkSecurityGroups/lab-${name}-nsg`)['properties'].securityRules;
const firewall = (a: Answers): Body => at(a, `${N}/azureFirewalls/`)[0].properties;
const policy = (a: Answers): Body =>
  at(a, `${N}/firewallPolicies/lab-firewall-policy`)['properties'];
const groups = `${N}/firewallPolicies/lab-firewall-policy/ruleCollectionGroups/`;
const collections = (a: Answers): Body[] => at(a, groups)[0].properties.ruleCollections;
const tagRule = (a: Answers): Body => collections(a)[0]?.['rules'][0];
const hostRule = (a: Answers): Body => collections(a)[1]?.['rules'][0];
const endpoint = (a: Answers, name: string): Body =>
  at(a, `${N}/privateEndpoints/`)['find']((one: Body) => one['name'] === `lab-${name}-pe`)
    .properties;
const zone = (name: string, part: string): string =>
  `${N}/privateDnsZones/privatelink.${name}/${part}/`;
const first = (a: Answers, path: string): Body => at(a, path)[0];
const account = (a: Answers): Body => first(a, 'Microsoft.Storage/storageAccounts/');
const registry = (a: Answers): Body => first(a, 'Microsoft.ContainerRegistry/registries/');
const workspace = (a: Answers): Body => first(a, 'Microsoft.MachineLearningServices/workspaces/');
const site = 'Microsoft.Web/sites/lab-inference-abc123';
const computes = 'Microsoft.MachineLearningServices/workspaces/lab-ml/computes/';
const assignments = 'Microsoft.Authorization/roleAssignments/';
const guard = (a: Answers): Body[] =>
  at(a, `${N}/serviceEndpointPolicies/lab-storage`)['properties'].serviceEndpointPolicyDefinitions;
const bastion = (a: Answers): Body => first(a, `${N}/bastionHosts/`);
const jumpbox = (a: Answers): Body => at(a, 'Microsoft.Compute/virtualMachines/')[1];
const allow = (source: string, more: Body = {}): Body => ({
  name: 'opened',
  properties: {
    ...{ priority: 200, direction: 'Inbound', access: 'Allow', protocol: 'Tcp' },
    ...{ sourceAddressPrefix: source, destinationPortRange: '3389', ...more },
  },
});
const everySubnet = (check: string): string[] =>
  ['default', 'inference', 'probe', 'jumpbox'].map((name) => `hole ${check}: subnet ${name}`);

const mutations: readonly (readonly [string, Change, ...string[]])[] = [
  // public addresses
  [
    'a public address on an interface',
    (a) =>
      (nics(a)[0].properties.ipConfigurations[0].properties.publicIPAddress = { id: '/x/open' }),
    'hole no-public-address: network interface lab-probe-nic',
  ],
  [
    'an interface of which nothing is said',
    (a) => delete nics(a)[1].properties.ipConfigurations,
    'unproven no-public-address: network interface lab-jumpbox-nic',
    // without its subnet nobody knows that the jumpbox stands where Bastion may come in
    'hole nobody-let-in: subnet jumpbox',
  ],
  [
    'a public address that something else holds',
    (a) => {
      at(a, `${N}/publicIPAddresses/`)['push']({
        name: 'second',
        properties: { ipConfiguration: { id: '/x/networkInterfaces/nic/ipConfigurations/one' } },
      });
    },
    'hole one-public-address: public address second',
  ],
  [
    'no public address to look at',
    (a) => (a[`${N}/publicIPAddresses/`] = []),
    'unproven one-public-address: public addresses',
  ],
  // services
  ...(
    [
      ['storage account labstabc123', account],
      ['vault lab-kv-abc123', (a: Answers) => first(a, 'Microsoft.KeyVault/vaults/')],
      ['registry labcrabc123', registry],
      ['workspace lab-ml', workspace],
      ['web app lab-inference-abc123', (a: Answers) => first(a, 'Microsoft.Web/sites/')],
    ] as const
  ).map(
    ([subject, of]) =>
      [
        `public access to ${subject}`,
        (a: Answers) => (of(a)['properties'].publicNetworkAccess = 'Enabled'),
        `hole public-access-off: ${subject}`,
      ] as const,
  ),
  [
    'a storage account that nobody named, open',
    (a) => {
      at(a, 'Microsoft.Storage/storageAccounts/')['push']({
        name: 'extra',
        properties: { allowBlobPublicAccess: false, allowSharedKeyAccess: false },
      });
    },
    'hole public-access-off: storage account extra',
  ],
  [
    'a vault that is gone',
    (a) => (a['Microsoft.KeyVault/vaults/'] = []),
    'unproven public-access-off: vault lab-kv-abc123',
    'hole endpoint-of-ours: private endpoint lab-vault-pe',
  ],
  [
    'public access by a word that is not known',
    (a) => (account(a)['properties'].publicNetworkAccess = 'SecuredByPerimeter'),
    'unproven public-access-off: storage account labstabc123',
  ],
  [
    "somebody else's endpoint on the vault",
    (a) =>
      (first(a, 'Microsoft.KeyVault/vaults/')['properties'].privateEndpointConnections = [
        {
          properties: {
            privateEndpoint: { id: '/subscriptions/x/resourceGroups/y/pe' },
            privateLinkServiceConnectionState: { status: 'Approved' },
          },
        },
      ]),
    'hole no-foreign-endpoint: vault lab-kv-abc123',
  ],
  [
    'logs taken from the internet',
    (a) =>
      (first(a, 'Microsoft.Insights/components/')['properties'].publicNetworkAccessForIngestion =
        'Enabled'),
    'hole log-ingestion-off: application insights lab-insights',
  ],
  [
    'containers that may be public',
    (a) => (account(a)['properties'].allowBlobPublicAccess = true),
    'hole blob-public-access-off: storage account labstabc123',
  ],
  [
    'an account that does not say',
    (a) => delete account(a)['properties'].allowBlobPublicAccess,
    'unproven blob-public-access-off: storage account labstabc123',
  ],
  [
    'keys that nobody needs',
    (a) => (workspace(a)['properties'].systemDatastoresAuthMode = 'identity'),
    'hole shared-keys-as-configured: storage account labstabc123',
  ],
  [
    "the registry's admin user",
    (a) => (registry(a)['properties'].adminUserEnabled = true),
    'hole registry-admin-off: registry labcrabc123',
  ],
  [
    'pulls by anybody',
    (a) => (registry(a)['properties'].anonymousPullEnabled = true),
    'hole anonymous-pull-off: registry labcrabc123',
  ],
  [
    'the FTP password',
    (a) => (at(a, `${site}/basicPublishingCredentialsPolicies/ftp`)['properties'].allow = true),
    'hole publishing-password-off: web app lab-inference-abc123, FTP',
  ],
  [
    'the deployment password',
    (a) => (at(a, `${site}/basicPublishingCredentialsPolicies/scm`)['properties'].allow = true),
    'hole publishing-password-off: web app lab-inference-abc123, deployment (SCM)',
  ],
  [
    'FTP',
    (a) => (at(a, `${site}/config/web`)['properties'].ftpsState = 'AllAllowed'),
    'hole web-app-doors-off: web app lab-inference-abc123',
  ],
  [
    'a web app with a way out of its own',
    (a) => (at(a, `${site}/config/web`)['properties'].vnetRouteAllEnabled = false),
    'hole web-app-way-out: web app lab-inference-abc123',
  ],
  [
    'a web app outside the network',
    (a) => delete first(a, 'Microsoft.Web/sites/')['properties'].virtualNetworkSubnetId,
    'hole web-app-way-out: web app lab-inference-abc123',
  ],
  // ways out
  [
    'a route to the internet',
    (a) => (routes(a)[0]!['properties'] = { addressPrefix: '0.0.0.0/0', nextHopType: 'Internet' }),
    ...everySubnet('way-out-by-firewall'),
  ],
  [
    'a further route to the internet',
    (a) =>
      void routes(a).push({
        name: 'aside',
        properties: { addressPrefix: '8.8.8.8/32', nextHopType: 'Internet' },
      }),
    ...everySubnet('way-out-by-firewall'),
  ],
  [
    'a route to another machine than the firewall',
    (a) => (routes(a)[0]!['properties'].nextHopIpAddress = '10.1.3.4'),
    ...everySubnet('way-out-by-firewall'),
  ],
  [
    'a table without routes',
    (a) => (table(a)['routes'] = []),
    ...everySubnet('way-out-by-firewall'),
  ],
  [
    'a table of which nothing is said',
    (a) => delete table(a)['routes'],
    ...everySubnet('way-out-by-firewall').map((one) => one.replace('hole', 'unproven')),
  ],
  [
    'a subnet without a table',
    (a) => delete subnetNamed(a, 'inference')['routeTable'],
    'hole way-out-by-firewall: subnet inference',
    'hole no-learnt-route: subnet inference',
  ],
  [
    'routes learnt from gateways',
    (a) => (table(a)['disableBgpRoutePropagation'] = false),
    ...everySubnet('no-learnt-route'),
  ],
  [
    'the default way out',
    (a) => delete subnetNamed(a, 'probe')['defaultOutboundAccess'],
    'hole no-default-outbound: subnet probe',
  ],
  [
    'a NAT gateway on a subnet',
    (a) => (subnetNamed(a, 'probe')['natGateway'] = { id: '/x/natGateways/nat' }),
    'hole no-nat-gateway: subnet probe',
  ],
  [
    'a NAT gateway in the group',
    (a) => (a[`${N}/natGateways/`] = [{ name: 'nat', type: `${N}/natGateways` }]),
    'hole no-gateway: network lab-vnet',
  ],
  [
    'a gateway to another network',
    (a) => (a[`${N}/virtualNetworkGateways/`] = [{ name: 'vpn', id: '/x' }]),
    'hole no-gateway: network lab-vnet',
  ],
  [
    'a peering',
    (a) =>
      (vnet(a)['virtualNetworkPeerings'] = [
        { name: 'hub', properties: { remoteVirtualNetwork: { id: '/x/hub' } } },
      ]),
    'hole no-peering: network lab-vnet',
  ],
  [
    'a network that does not say whom it peers with',
    (a) => delete vnet(a)['virtualNetworkPeerings'],
    'unproven no-peering: network lab-vnet',
  ],
  [
    'a second network',
    (a) => {
      at(a, `${N}/virtualNetworks/`)['push']({ id: '/x/other', name: 'other', properties: {} });
    },
    'hole one-network: network lab-vnet',
  ],
  [
    'a name server of somebody else',
    (a) => (vnet(a)['dhcpOptions'] = { dnsServers: ['8.8.8.8'] }),
    'hole names-by-azure: network lab-vnet',
  ],
  // ways in
  [
    'a subnet without a security group',
    (a) => delete subnetNamed(a, 'probe')['networkSecurityGroup'],
    'hole nobody-let-in: subnet probe',
  ],
  ...[
    '*',
    'Internet',
    'VirtualNetwork',
    'AzureLoadBalancer',
    '0.0.0.0/0',
    '10.0.0.0/8',
    '20.1.2.3',
  ].map(
    (source) =>
      [
        `a rule that lets in ${source}`,
        (a: Answers) => void rulesOf(a, 'probe').push(allow(source)),
        'hole nobody-let-in: subnet probe',
      ] as const,
  ),
  [
    'a rule with one stranger in a list',
    (a) => {
      const sourceAddressPrefixes = ['10.1.0.0/24', '52.0.0.0/8'];
      rulesOf(a, 'probe').push(allow('', { sourceAddressPrefixes }));
    },
    'hole nobody-let-in: subnet probe',
  ],
  [
    'Bastion let in on every port',
    (a) => (rulesOf(a, 'jumpbox')[0]!['properties'].destinationPortRange = '*'),
    'hole nobody-let-in: subnet jumpbox',
  ],
  [
    'Bastion let in to another subnet',
    (a) => void rulesOf(a, 'probe').push(allow('168.63.129.16')),
    'hole nobody-let-in: subnet probe',
  ],
  [
    'a group that does not end with a denial',
    (a) => void rulesOf(a, 'probe').pop(),
    'hole nobody-let-in: subnet probe',
  ],
  [
    'a group of which nothing is said',
    (a) => delete at(a, `${N}/networkSecurityGroups/lab-probe-nsg`)['properties'].securityRules,
    'unproven nobody-let-in: subnet probe',
  ],
  [
    "somebody else's interface in a subnet",
    (a) =>
      void subnetNamed(a, 'probe')['ipConfigurations'].push({
        id: '/subscriptions/x/resourceGroups/y/providers/Microsoft.Network/networkInterfaces/z',
      }),
    'hole no-stranger: subnet probe',
  ],
  [
    'Bastion of a bigger kind',
    (a) => (bastion(a)['sku'].name = 'Standard'),
    'hole bastion-developer: Bastion lab-bastion',
  ],
  [
    'links to Bastion',
    (a) => (bastion(a)['properties'].enableShareableLink = true),
    'hole bastion-developer: Bastion lab-bastion',
  ],
  [
    'no Bastion where there is a jumpbox',
    (a) => (a[`${N}/bastionHosts/`] = []),
    'unproven bastion-developer: Bastion',
  ],
  // the firewall
  [
    'a DNAT rule',
    (a) =>
      void collections(a).push({
        ...{ ruleCollectionType: 'FirewallPolicyNatRuleCollection', name: 'in' },
        action: { type: 'DNAT' },
        rules: [
          {
            ...{ ruleType: 'NatRule', name: 'rdp', sourceAddresses: ['*'], ipProtocols: ['TCP'] },
            ...{ destinationAddresses: ['203.0.113.1'], destinationPorts: ['3389'] },
            ...{ translatedAddress: '10.1.4.4', translatedPort: '3389' },
          },
        ],
      }),
    'hole no-dnat: firewall lab-firewall',
  ],
  [
    'rules on the firewall itself',
    (a) => (firewall(a)['natRuleCollections'] = [{ properties: { rules: [{}] } }]),
    'hole no-dnat: firewall lab-firewall',
  ],
  [
    'threat intelligence that only warns',
    (a) => (policy(a)['threatIntelMode'] = 'Alert'),
    'hole threat-intelligence-denies: firewall lab-firewall',
  ],
  [
    'a bad destination that is let pass',
    (a) => (policy(a)['threatIntelWhitelist'] = { fqdns: ['evil.example'] }),
    'hole threat-intelligence-denies: firewall lab-firewall',
  ],
  [
    'a policy of which nothing is said',
    (a) => delete policy(a)['threatIntelMode'],
    'unproven threat-intelligence-denies: firewall lab-firewall',
  ],
  [
    'no firewall',
    (a) => (a[`${N}/azureFirewalls/`] = []),
    'hole one-public-address: public address lab-firewall-ip',
    ...everySubnet('way-out-by-firewall'),
    'unproven no-dnat: firewalls',
    'hole egress-as-listed: login.microsoftonline.com',
    'hole egress-as-listed: entra',
  ],
  [
    'a row without its rule',
    (a) => void collections(a).pop(),
    'hole egress-as-listed: login.microsoftonline.com',
  ],
  ...(
    [
      ['a wider destination', 'targetFqdns', ['login.microsoftonline.com', '*.example.com']],
      ['every destination', 'targetFqdns', ['*']],
      ['a missing destination', 'targetFqdns', []],
      ['a kind of sites', 'webCategories', ['SocialNetworking']],
      ['a tag of names', 'fqdnTags', ['WindowsUpdate']],
      ['another source', 'sourceAddresses', ['10.1.2.0/26', '10.1.3.0/28', '10.1.4.0/28']],
      ['every source', 'sourceAddresses', ['*']],
      ['a group of sources', 'sourceIpGroups', ['/x/ipGroups/all']],
      ['another port', 'protocols', [{ protocolType: 'Https', port: 8443 }]],
      ['plain HTTP', 'protocols', [{ protocolType: 'Http', port: 443 }]],
    ] as const
  ).map(
    ([title, field, value]) =>
      [
        `a host rule with ${title}`,
        (a: Answers) => (hostRule(a)[field] = value),
        'hole egress-as-listed: login.microsoftonline.com',
      ] as const,
  ),
  ...(
    [
      ['every destination', 'destinationAddresses', ['*']],
      ['a host name, too', 'destinationFqdns', ['evil.example']],
      ['every port', 'destinationPorts', ['*']],
      ['every protocol', 'ipProtocols', ['Any']],
    ] as const
  ).map(
    ([title, field, value]) =>
      [
        `a tag rule with ${title}`,
        (a: Answers) => (tagRule(a)[field] = value),
        'hole egress-as-listed: entra',
      ] as const,
  ),
  [
    'a rule that is not on the list',
    (a) => void collections(a)[1]?.['rules'].push({ ...hostRule(a), name: 'more' }),
    'hole egress-not-listed: lab-firewall-policy/egress/hosts/more',
  ],
  [
    'a second, wider rule of the same name',
    (a) => void collections(a)[1]?.['rules'].push({ ...hostRule(a), targetFqdns: ['*'] }),
    'hole egress-as-listed: login.microsoftonline.com',
  ],
  [
    'a rule of a form that is not known',
    (a) => void collections(a)[1]?.['rules'].push({ ruleType: 'QuantumRule', name: 'q' }),
    'unproven egress-not-listed: lab-firewall-policy/egress/hosts/q',
  ],
  [
    'rules that are not said',
    (a) => delete collections(a)[1]?.['rules'],
    'hole egress-as-listed: login.microsoftonline.com',
    'unproven egress-not-listed: lab-firewall-policy/egress/hosts/(rules)',
  ],
  [
    'a rule of the parent policy',
    (a) => {
      const parent = `${N}/firewallPolicies/parent`;
      policy(a)['basePolicy'] = { id: `/subscriptions/x/resourceGroups/hub/providers/${parent}` };
      a[parent] = { properties: { threatIntelMode: 'Deny' } };
      const rule = { ...tagRule(a), name: 'anywhere', destinationAddresses: ['*'] };
      const ruleCollections = [{ name: 'wide', action: { type: 'Allow' }, rules: [rule] }];
      a[`${parent}/ruleCollectionGroups/`] = [{ name: 'all', properties: { ruleCollections } }];
    },
    'hole egress-not-listed: parent/all/wide/anywhere',
  ],
  // private endpoints and names
  [
    'an endpoint nobody approved',
    (a) =>
      (endpoint(a, 'vault')['privateLinkServiceConnections'][0].properties[
        'privateLinkServiceConnectionState'
      ].status = 'Pending'),
    'hole endpoint-approved: vault lab-kv-abc123, vault',
  ],
  [
    'an endpoint that is gone',
    (a) =>
      (a[`${N}/privateEndpoints/`] = at(a, `${N}/privateEndpoints/`)['filter'](
        (one: Body) => one['name'] !== 'lab-registry-pe',
      )),
    'hole endpoint-approved: registry labcrabc123, registry',
    'hole private-name: labcrabc123.privatelink.azurecr.io',
    'hole record-of-ours: labcrabc123.privatelink.azurecr.io',
  ],
  [
    'an endpoint in another network',
    (a) => (endpoint(a, 'file')['subnet'] = { id: '/subscriptions/x/subnets/y' }),
    'hole endpoint-approved: storage account labstabc123, file',
  ],
  [
    'an endpoint without an address',
    (a) =>
      (nics(a)['find']((one: Body) => one['name'] === 'lab-blob-pe-nic').properties = {
        ipConfigurations: [{}],
      }),
    'unproven endpoint-approved: storage account labstabc123, blob',
    'hole private-name: labstabc123.privatelink.blob.core.windows.net',
    'hole record-of-ours: labstabc123.privatelink.blob.core.windows.net',
  ],
  [
    'an endpoint that leads to a stranger',
    (a) => {
      at(a, `${N}/privateEndpoints/`)['push']({
        name: 'sly',
        properties: {
          privateLinkServiceConnections: [
            { properties: { privateLinkServiceId: '/subscriptions/x/storageAccounts/theirs' } },
          ],
        },
      });
    },
    'hole endpoint-of-ours: private endpoint sly',
  ],
  [
    'a zone that is not linked',
    (a) => (a[zone('azurecr.io', 'virtualNetworkLinks')] = []),
    'hole zone-linked: privatelink.azurecr.io',
  ],
  [
    'a zone that is linked to another network',
    (a) =>
      (first(a, zone('azurecr.io', 'virtualNetworkLinks'))['properties'].virtualNetwork.id = '/x'),
    'hole zone-linked: privatelink.azurecr.io',
  ],
  [
    'a link that is not ready',
    (a) =>
      (first(a, zone('azurecr.io', 'virtualNetworkLinks'))['properties'].virtualNetworkLinkState =
        'InProgress'),
    'hole zone-linked: privatelink.azurecr.io',
  ],
  [
    'a zone that is gone',
    (a) =>
      (a[`${N}/privateDnsZones/`] = at(a, `${N}/privateDnsZones/`)['filter'](
        (one: Body) => one['name'] !== 'privatelink.azurecr.io',
      )),
    'hole zone-linked: privatelink.azurecr.io',
    'hole private-name: labcrabc123.privatelink.azurecr.io',
  ],
  [
    'a name that leads out',
    (a) =>
      (first(a, zone('vaultcore.azure.net', 'A'))['properties'].aRecords[0].ipv4Address =
        '20.1.2.3'),
    'hole private-name: lab-kv-abc123.privatelink.vaultcore.azure.net',
    'hole record-of-ours: lab-kv-abc123.privatelink.vaultcore.azure.net',
  ],
  [
    'a name that leads to another endpoint',
    (a) =>
      (first(a, zone('vaultcore.azure.net', 'A'))['properties'].aRecords[0].ipv4Address =
        '10.1.0.6'),
    'hole private-name: lab-kv-abc123.privatelink.vaultcore.azure.net',
  ],
  [
    'a name that is gone',
    (a) => void at(a, zone('azurewebsites.net', 'A'))['pop'](),
    'hole private-name: lab-inference-abc123.scm.privatelink.azurewebsites.net',
  ],
  // computes and storage
  [
    'a cluster with public addresses',
    (a) => delete first(a, computes)['properties'].properties.enableNodePublicIp,
    'hole compute-closed: compute lab-cluster',
  ],
  [
    'a cluster with SSH',
    (a) => (first(a, computes)['properties'].properties.remoteLoginPortPublicAccess = 'Enabled'),
    'hole compute-closed: compute lab-cluster',
  ],
  [
    'an instance with SSH',
    (a) => (at(a, computes)[1].properties.properties.sshSettings.sshPublicAccess = 'Enabled'),
    'hole compute-closed: compute lab-ci-abc123',
  ],
  [
    'a cluster outside the subnet',
    (a) => delete first(a, computes)['properties'].properties.subnet,
    'hole compute-closed: compute lab-cluster',
  ],
  [
    'a compute of another kind',
    (a) => (first(a, computes)['properties'].computeType = 'AKS'),
    'unproven compute-closed: compute lab-cluster',
  ],
  [
    'a service endpoint without a policy',
    (a) => delete subnetNamed(a, 'default')['serviceEndpointPolicies'],
    'hole storage-guarded: subnet default',
  ],
  [
    "a policy with somebody else's account",
    (a) =>
      void guard(a)[0]?.['properties'].serviceResources.push('/subscriptions/x/storageAccounts/y'),
    'hole storage-guarded: subnet default',
  ],
  [
    'a policy that allows a whole subscription',
    (a) => (guard(a)[0]!['properties'].serviceResources = ['/subscriptions/11111111']),
    'hole storage-guarded: subnet default',
  ],
  [
    'another service past the firewall',
    (a) => (subnetNamed(a, 'probe')['serviceEndpoints'] = [{ service: 'Microsoft.KeyVault' }]),
    'hole storage-guarded: subnet probe',
  ],
  // rights
  [
    'an identity that may do everything',
    (a) => void at(a, assignments)['push'](assignment(principals.probe, 'contributor', site)),
    'hole narrow-roles: identity lab-probe-identity',
  ],
  [
    'an identity with a role on the whole group',
    (a) => void at(a, assignments)['push'](assignment(principals.cluster, 'reader', '')),
    'hole narrow-roles: identity lab-cluster-identity',
  ],
  [
    'a role that this environment does not give',
    (a) => void at(a, assignments)['push'](assignment(principals.inference, 'strange', site)),
    'unproven narrow-roles: identity lab-inference-identity',
  ],
  [
    'a workspace that owns the group',
    (a) => void at(a, assignments)['push'](assignment(principals.workspace, 'owner', '')),
    'hole narrow-roles: own identity of lab-ml',
  ],
  [
    'a jumpbox with an identity',
    (a) =>
      (jumpbox(a)['identity'] = { type: 'UserAssigned', userAssignedIdentities: { '/x/y': {} } }),
    'hole jumpbox-without-rights: machine lab-jumpbox',
    'unproven narrow-roles: lab-jumpbox',
  ],
  [
    'a jumpbox with an identity of its own',
    (a) => (jumpbox(a)['identity'] = { type: 'SystemAssigned', principalId: 'p' }),
    'hole jumpbox-without-rights: machine lab-jumpbox',
  ],
  ...[
    ['without an access extension', () => []],
    ['whose access extension names nobody', (one: Body) => [{ ...one, settings: {} }]],
    ['with the extension for another', (one: Body) => [{ ...one, settings: { UserName: 'me' } }]],
    ['whose password could not be set', (one: Body) => [{ ...one, provisioningState: 'Failed' }]],
    ['with another extension alone', (one: Body) => [{ ...one, type: 'AADLoginForWindows' }]],
  ].map(
    ([what, extensions]) =>
      [
        `a jumpbox ${what as string}`,
        (a: Answers) => {
          const change = extensions as (one: Body) => Body[];
          const [found] = at(a, 'lab-jumpbox/extensions/') as unknown as { properties: Body }[];
          a['lab-jumpbox/extensions/'] = change(found!.properties).map((properties) => ({
            ...{ name: 'enablevmaccess', properties },
          }));
        },
        'hole jumpbox-password-void: machine lab-jumpbox',
      ] as const,
  ),
  [
    'a jumpbox whose administrator nobody names',
    (a) => delete jumpbox(a)['properties'].osProfile,
    'unproven jumpbox-password-void: machine lab-jumpbox',
  ],
  [
    'a compute that is not in the list of computes',
    (a) => {
      a[computes] = [];
      at(a, 'resources/')['push']({
        id: '/x',
        name: 'c',
        type: 'Microsoft.MachineLearningServices/workspaces/computes',
      });
    },
    'unproven compute-closed: computes',
  ],
  // what nobody looks at
  [
    'a kind of resource that nobody judges',
    (a) => void at(a, 'resources/')['push']({ id: '/x', name: 'lb', type: `${N}/loadBalancers` }),
    `unproven nothing-unknown: ${N}/loadBalancers lb`,
  ],
  [
    'an empty group',
    (a) => (a['resources/'] = []),
    'unproven nothing-unknown: resources of the group',
  ],
  ...quietOpenings,
];

describe('the proof from ARM', () => {
  it('finds no hole in a closed environment', async () => {
    expect((await evidenceOf()).filter(({ result }) => result !== 'closed').map(line)).toEqual([]);
  });

  it.each(mutations)('finds %s', async (_, change, ...holes) => {
    const found = (await evidenceOf(change)).filter(breaksProof).map(line);
    expect(found.toSorted()).toEqual(holes.toSorted());
  });

  it.each(closedAllTheSame)('is not alarmed by %s', async (_, change) => {
    expect((await evidenceOf(change)).filter(breaksProof).map(line)).toEqual([]);
  });

  it('looks at every check in some mutation', async () => {
    const checks = new Set((await evidenceOf()).map(({ check }) => check));
    const broken = new Set(
      mutations.flatMap(([, , ...lines]) =>
        lines.map((one) => one.replace(/^\w+ ([^:]+):.*/, '$1')),
      ),
    );
    expect([...checks].filter((check) => !broken.has(check))).toEqual([]);
  });

  it('proves nothing where ARM refuses to answer', async () => {
    const arm = armWith(closedEnvironment());
    arm.on({
      'LIST /Microsoft.Network/networkInterfaces': () => {
        throw new Problem('Listing: AuthorizationFailed', 'ask for the role Reader.');
      },
    });
    const deployed = await readDeployed(environment(), arm);
    const broken = armEvidence(environment(), deployed).filter(breaksProof);
    expect(broken).toContainEqual({
      ...{ check: 'arm-answers', subject: 'Microsoft.Network/networkInterfaces', from: 'arm' },
      ...{ result: 'unproven', seen: 'Listing: AuthorizationFailed' },
    });
    expect(broken.map(line)).toContain('unproven no-public-address: network interfaces');
  });

  it('ends where the run was cancelled', async () => {
    const arm = armWith(closedEnvironment());
    arm.on({
      'LIST /Microsoft.Network/networkInterfaces': () => {
        throw new Cancelled('cancelled');
      },
    });
    await expect(readDeployed(environment(), arm)).rejects.toThrow(Cancelled);
  });

  it('knows the roles that Terraform gives, and no others', () => {
    const roles = readFileSync(new URL('../../terraform/roles.tf', import.meta.url), 'utf8');
    const given = [...roles.matchAll(/^ +role += "(.+)"$/gm)].map(([, role]) => role);
    expect([...new Set(given)].toSorted()).toEqual(givenRoles);
  });

  it.each(['*', '*.com', 'Internet', 'AzureCloud', 'AzureCloud.westeurope', '0.0.0.0/0', '::/0'])(
    'takes no list for a list that says %s',
    async (destination) => {
      const outputs = environment();
      const egress = outputs.egress.map((row) => ({ ...row, destinations: [destination] }));
      const change: Change = (a) => {
        tagRule(a)['destinationAddresses'] = [destination];
        hostRule(a)['targetFqdns'] = [destination];
      };
      const found = (await evidenceOf(change, { ...outputs, egress })).filter(breaksProof);
      expect(found.map(line)).toEqual([
        'hole egress-as-listed: login.microsoftonline.com',
        'hole egress-as-listed: entra',
      ]);
    },
  );

  it('says what breaks where a row has no rule', async () => {
    const evidence = await evidenceOf((a) => void collections(a).shift());
    const [hole] = evidence.filter(breaksProof);
    expect(hole?.seen).toContain('No node gets a token.');
  });

  it('takes an environment without jumpbox, Bastion and computes', async () => {
    const change: Change = (a) => {
      a['Microsoft.Compute/virtualMachines/'] = [first(a, 'Microsoft.Compute/virtualMachines/')];
      a[`${N}/bastionHosts/`] = [];
      a[computes] = [];
      rulesOf(a, 'jumpbox').shift();
    };
    const evidence = await evidenceOf(change, { ...environment(), jumpboxName: '' });
    expect(evidence.filter(breaksProof)).toEqual([]);
    expect(evidence.filter(({ result }) => result === 'skipped').map(line)).toEqual([
      'skipped compute-closed: computes',
    ]);
    expect(verdictOf(evidence)).toBe('closed, with exceptions');
  });

  it('does not take computes that ARM will not list for none', async () => {
    const arm = armWith(closedEnvironment());
    const refuse = (): never => {
      throw new Problem('Listing: AuthorizationFailed', 'ask for the role Reader.');
    };
    arm.on({ [`LIST /${computes.slice(0, -1)}`]: refuse, 'LIST /lab-jumpbox/extensions': refuse });
    const evidence = armEvidence(environment(), await readDeployed(environment(), arm));
    const broken = evidence.filter(breaksProof).map(line);
    expect(broken).toContain('unproven compute-closed: computes');
    expect(broken).toContain('unproven jumpbox-password-void: machine lab-jumpbox');
  });

  it('excepts storage from the verdict where its guard is off', async () => {
    const outputs = environment();
    const [row] = outputs.egress;
    const storage = { ...row!, name: 'batch-storage', destinations: ['Storage.westeurope'] };
    const open = { ...outputs, egress: [...outputs.egress, storage] };
    const evidence = await evidenceOf((a) => {
      const bare = subnetNamed(a, 'default');
      bare['serviceEndpoints'] = [];
      delete bare['serviceEndpointPolicies'];
      collections(a)[1]?.['rules'].push({
        ...{ ...hostRule(a), name: 'batch-storage', targetFqdns: ['Storage.westeurope'] },
      });
    }, open);
    expect(evidence.filter(breaksProof).map(line)).toEqual([]);
    expect(verdictOf(evidence)).toBe('closed, with exceptions');
    expect(exceptionsIn(evidence).map(line)).toEqual(['skipped storage-guarded: storage']);
  });
});
