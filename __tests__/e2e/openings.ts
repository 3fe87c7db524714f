import type { Names, Opening, Resource } from './mutations.ts';
import { added, both, changed, removed } from './mutations.ts';

const network = 'Microsoft.Network';
const rules = `${network}/firewallPolicies/demo-firewall-policy/ruleCollectionGroups/egress`;
const subnet = (name: string) => `${network}/virtualNetworks/demo-vnet/subnets/${name}`;
const zone = (name: string) => `${network}/privateDnsZones/privatelink.${name}`;
const storage = (names: Names) => `Microsoft.Storage/storageAccounts/${names.storage}`;

interface Rule {
  readonly name: string;
  targetFqdns?: string[];
  sourceAddresses?: string[];
  [key: string]: unknown;
}
interface Collection {
  readonly name: string;
  rules: Rule[];
}
const collections = ({ properties }: Resource) => properties['ruleCollections'] as Collection[];
const everyRule = (group: Resource) => collections(group).flatMap((one) => one.rules);

function set(...pairs: readonly (readonly [string, unknown])[]) {
  return ({ properties }: Resource): void => {
    for (const [key, value] of pairs) properties[key] = value;
  };
}
const open = set(
  ['publicNetworkAccess', 'Enabled'],
  ['networkAcls', { defaultAction: 'Allow', bypass: 'AzureServices' }],
);
const withoutRow = (row: string) =>
  changed(rules, (group) => {
    for (const one of collections(group)) one.rules = one.rules.filter(({ name }) => name !== row);
  });
const withRule = (collection: 'services' | 'hosts', rule: Rule) =>
  changed(rules, (group) => {
    collections(group)
      .find(({ name }) => name === collection)
      ?.rules.push(rule);
  });
/** RDP at the firewall's own address is led to the jumpbox, as in 2021. */
const dnat: Opening = async (hand, names) => {
  const { properties } = await hand.read(`${network}/publicIPAddresses/demo-firewall-ip`);
  const card = await hand.read(`${network}/networkInterfaces/demo-jumpbox-nic`);
  const [jumpbox] = card.properties['ipConfigurations'] as Resource[];
  const rule = {
    ruleType: 'NatRule',
    name: 'rdp',
    ipProtocols: ['TCP'],
    sourceAddresses: ['*'],
    destinationAddresses: [properties['ipAddress']],
    destinationPorts: ['3389'],
    translatedAddress: jumpbox?.properties['privateIPAddress'],
    translatedPort: '3389',
  };
  return changed(rules, (group) => {
    collections(group).push({
      ruleCollectionType: 'FirewallPolicyNatRuleCollection',
      name: 'inwards',
      priority: 50,
      action: { type: 'DNAT' },
      rules: [rule],
    } as unknown as Collection);
  })(hand, names);
};
const rdpFromAnywhere = changed(`${network}/networkSecurityGroups/demo-jumpbox-nsg`, (group) => {
  (group.properties['securityRules'] as unknown[]).push({
    name: 'rdp',
    properties: {
      priority: 110,
      direction: 'Inbound',
      access: 'Allow',
      protocol: 'Tcp',
      sourcePortRange: '*',
      sourceAddressPrefix: '*',
      destinationAddressPrefix: '*',
      destinationPortRange: '3389',
    },
  });
});
/** A public address on the jumpbox, as somebody adds it who cannot wait for Bastion. */
const publicAddress: Opening = async (hand, names) => {
  const path = `${network}/publicIPAddresses/in-a-hurry`;
  const remove = await added(path, {
    location: 'westeurope',
    sku: { name: 'Standard' },
    properties: { publicIPAllocationMethod: 'Static' },
  })(hand, names);
  const { id } = await hand.read(path);
  const detach = await changed(`${network}/networkInterfaces/demo-jumpbox-nic`, (card) => {
    const [one] = card.properties['ipConfigurations'] as Resource[];
    if (one) one.properties['publicIPAddress'] = { id };
  })(hand, names);
  return async () => {
    await detach();
    await remove();
  };
};

/** The ways in which somebody opens the network, each with the checks that must say so. */
export const openings: readonly (readonly [
  what: string,
  open: Opening,
  found: readonly string[],
])[] = [
  ['a storage account is opened', changed(storage, open), ['refused-blob', 'refused-file']],
  [
    'the account of the images is opened',
    changed((names) => storage(names).replace(/st(\w{6})$/, 'im$1'), open),
    ['refused-images', 'public-access-off'],
  ],
  [
    'the private endpoint of the images is deleted',
    removed(`${network}/privateEndpoints/demo-images-pe`, 'privateDnsZoneGroups/default'),
    ['endpoint-approved', 'private-images'],
  ],
  [
    'the vault is opened',
    changed((names) => `Microsoft.KeyVault/vaults/${names.vault}`, open),
    ['refused-vault', 'public-access-off'],
  ],
  [
    'the registry is opened',
    changed((names) => `Microsoft.ContainerRegistry/registries/${names.registry}`, open),
    ['refused-registry', 'public-access-off'],
  ],
  [
    'the workspace is opened',
    changed(
      (names) => `Microsoft.MachineLearningServices/workspaces/${names.workspace}`,
      set(['publicNetworkAccess', 'Enabled']),
    ),
    ['refused-workspace', 'public-access-off'],
  ],
  [
    'the web app is opened',
    both(
      changed(
        (names) => `Microsoft.Web/sites/${names.app}`,
        set(['publicNetworkAccess', 'Enabled']),
      ),
      changed(
        (names) => `Microsoft.Web/sites/${names.app}/config/web`,
        set(['ipSecurityRestrictionsDefaultAction', 'Allow']),
      ),
    ),
    ['refused-web-app', 'public-access-off'],
  ],
  [
    'the route to the firewall is dropped',
    changed(`${network}/routeTables/demo-egress`, set(['routes', []])),
    ['way-out-by-firewall'],
  ],
  [
    'the web app’s subnet loses its route table',
    changed(subnet('inference'), ({ properties }) => delete properties['routeTable']),
    ['way-out-by-firewall'],
  ],
  [
    'the probe’s subnet gets Azure’s own way out',
    both(
      changed(subnet('probe'), ({ properties }) => {
        delete properties['routeTable'];
        properties['defaultOutboundAccess'] = true;
      }),
    ),
    ['no-default-outbound', 'blocked-unlisted-host'],
  ],
  [
    'a zone is no longer linked',
    removed(`${zone('vaultcore.azure.net')}/virtualNetworkLinks/demo-vault`),
    ['zone-linked', 'private-vault'],
  ],
  [
    'a private endpoint is deleted',
    removed(`${network}/privateEndpoints/demo-blob-pe`, 'privateDnsZoneGroups/default'),
    ['endpoint-approved', 'private-blob'],
  ],
  [
    'a name leads elsewhere',
    changed(
      (names) => `${zone('vaultcore.azure.net')}/A/${names.vault}`,
      set(['aRecords', [{ ipv4Address: '10.1.0.99' }]]),
    ),
    ['private-name'],
  ],
  [
    'a row of the allow-list is removed',
    withoutRow('management.azure.com'),
    ['egress-as-listed', 'reachable-management.azure.com'],
  ],
  ['a service tag of the list is removed', withoutRow('machine-learning'), ['egress-as-listed']],
  [
    'a star is added to the hosts',
    withRule('hosts', {
      ruleType: 'ApplicationRule',
      name: 'for-a-day',
      protocols: [{ protocolType: 'Https', port: 443 }],
      sourceAddresses: ['*'],
      targetFqdns: ['*'],
    }),
    ['egress-not-listed', 'blocked-unlisted-host'],
  ],
  [
    'a host of the list gets a wildcard beside it',
    changed(rules, (group) => {
      everyRule(group)
        .find(({ name }) => name === 'ml.azure.com')
        ?.targetFqdns?.push('*.azure.com');
    }),
    ['egress-as-listed'],
  ],
  [
    'everything is let out by a network rule',
    withRule('services', {
      ruleType: 'NetworkRule',
      name: 'everything',
      ipProtocols: ['Any'],
      sourceAddresses: ['*'],
      destinationAddresses: ['*'],
      destinationPorts: ['*'],
    }),
    ['egress-not-listed', 'blocked-unlisted-host'],
  ],
  ['the firewall leads RDP inwards', dnat, ['no-dnat']],
  [
    'the firewall leads RDP to a jumpbox that takes it',
    both(dnat, rdpFromAnywhere),
    ['no-dnat', 'nobody-let-in', 'no-rdp-from-outside'],
  ],
  ['the jumpbox gets a public address', publicAddress, ['no-public-address', 'one-public-address']],
  [
    'the jumpbox can be reached from the internet',
    both(rdpFromAnywhere, publicAddress),
    ['nobody-let-in', 'no-rdp-from-outside'],
  ],
  [
    'a second network is joined',
    added(`${network}/virtualNetworks/demo-vnet/virtualNetworkPeerings/other`, {
      properties: {
        remoteVirtualNetwork: {
          id: '/subscriptions/99999999-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Network/virtualNetworks/other',
        },
        allowVirtualNetworkAccess: true,
      },
    }),
    ['no-peering'],
  ],
  [
    'the firewall only warns of bad destinations',
    changed(`${network}/firewallPolicies/demo-firewall-policy`, set(['threatIntelMode', 'Alert'])),
    ['threat-intelligence-denies'],
  ],
  [
    'the registry’s admin is switched on',
    changed(
      (names) => `Microsoft.ContainerRegistry/registries/${names.registry}`,
      set(['adminUserEnabled', true]),
    ),
    ['registry-admin-off'],
  ],
  [
    'the storage guard lets another account through',
    changed(`${network}/serviceEndpointPolicies/demo-storage-guard`, ({ properties }) => {
      const [one] = properties['serviceEndpointPolicyDefinitions'] as Resource[];
      (one?.properties['serviceResources'] as string[]).push(
        '/subscriptions/99999999-0000-0000-0000-000000000000',
      );
    }),
    ['storage-guarded'],
  ],
];
