import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StoredResource } from '../../local-azure/world.ts';
import type { Site } from '../support/site.ts';
import { openSite, root } from '../support/site.ts';

/** What somebody changes of one resource, and how the check has to name it. */
interface Doing {
  /** ARM type, and how the id ends where there are several. */
  readonly arm: string;
  readonly end?: string;
  readonly change: (resource: StoredResource) => void;
  /** The attribute as Terraform names it; `deleted` where the resource goes. */
  readonly named: string;
}

const set =
  (path: string, value: unknown) =>
  (resource: StoredResource): void => {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let at = resource as Record<string, unknown>;
    for (const name of names) at = at[name] as Record<string, unknown>;
    at[last] = value;
  };
const tag = set('tags.by-hand', 'yes');
const gone = (): void => undefined;

const net = (type: string): string => `Microsoft.Network/${type}`;

/** One doing for each resource type of terraform/. */
const doings: Readonly<Record<string, Doing>> = {
  azurerm_application_insights: {
    ...{ arm: 'Microsoft.Insights/components', named: 'local_authentication_enabled' },
    change: set('properties.DisableLocalAuth', false),
  },
  azurerm_bastion_host: { arm: net('bastionHosts'), change: tag, named: 'tags.by-hand' },
  azurerm_container_registry: {
    ...{ arm: 'Microsoft.ContainerRegistry/registries', named: 'admin_enabled' },
    change: set('properties.adminUserEnabled', true),
  },
  azurerm_dev_test_global_vm_shutdown_schedule: {
    ...{ arm: 'Microsoft.DevTestLab/schedules', named: 'enabled' },
    change: set('properties.status', 'Disabled'),
  },
  azurerm_firewall: { arm: net('azureFirewalls'), change: tag, named: 'tags.by-hand' },
  azurerm_firewall_policy: {
    ...{ arm: net('firewallPolicies'), named: 'threat_intelligence_mode' },
    change: set('properties.threatIntelMode', 'Off'),
  },
  azurerm_firewall_policy_rule_collection_group: {
    ...{ arm: net('firewallPolicies/ruleCollectionGroups'), named: 'priority' },
    change: set('properties.priority', 300),
  },
  azurerm_key_vault: {
    ...{ arm: 'Microsoft.KeyVault/vaults', named: 'public_network_access_enabled' },
    change: set('properties.publicNetworkAccess', 'Enabled'),
  },
  azurerm_linux_virtual_machine: {
    ...{ arm: 'Microsoft.Compute/virtualMachines', end: '-probe', named: 'size' },
    change: set('properties.hardwareProfile.vmSize', 'Standard_D2s_v5'),
  },
  azurerm_linux_web_app: {
    ...{ arm: 'Microsoft.Web/sites', named: 'https_only' },
    change: set('properties.httpsOnly', false),
  },
  azurerm_log_analytics_workspace: {
    ...{ arm: 'Microsoft.OperationalInsights/workspaces', named: 'retention_in_days' },
    change: set('properties.retentionInDays', 30),
  },
  azurerm_machine_learning_workspace: {
    ...{ arm: 'Microsoft.MachineLearningServices/workspaces' },
    change: set('properties.publicNetworkAccess', 'Enabled'),
    named: 'public_network_access_enabled',
  },
  azurerm_monitor_diagnostic_setting: {
    ...{ arm: 'Microsoft.Insights/diagnosticSettings', change: gone, named: 'deleted' },
  },
  azurerm_network_interface: {
    ...{ arm: net('networkInterfaces'), end: '-probe-nic' },
    change: set('properties.enableIPForwarding', true),
    named: 'ip_forwarding_enabled',
  },
  azurerm_network_security_group: {
    ...{ arm: net('networkSecurityGroups'), end: '-probe-nsg' },
    change: ({ properties }) => {
      const [rule] = properties['securityRules'] as { properties: Record<string, unknown> }[];
      if (rule) rule.properties['access'] = 'Allow';
    },
    named: 'security_rule[0]',
  },
  azurerm_private_dns_zone: {
    ...{ arm: net('privateDnsZones'), end: '/privatelink.azurewebsites.net' },
    ...{ change: tag, named: 'tags.by-hand' },
  },
  azurerm_private_dns_zone_virtual_network_link: {
    ...{ arm: net('privateDnsZones/virtualNetworkLinks'), end: '/demo-blob' },
    change: set('properties.registrationEnabled', true),
    named: 'registration_enabled',
  },
  azurerm_private_endpoint: {
    ...{ arm: net('privateEndpoints'), end: '/demo-file-pe', change: tag, named: 'tags.by-hand' },
  },
  azurerm_public_ip: {
    ...{ arm: net('publicIPAddresses'), named: 'idle_timeout_in_minutes' },
    change: set('properties.idleTimeoutInMinutes', 30),
  },
  azurerm_resource_group: {
    ...{ arm: 'Microsoft.Resources/resourceGroups', end: '/innereye-demo' },
    ...{ change: tag, named: 'tags.by-hand' },
  },
  azurerm_role_assignment: {
    ...{ arm: 'Microsoft.Authorization/roleAssignments', change: gone, named: 'deleted' },
  },
  azurerm_route_table: {
    ...{ arm: net('routeTables') },
    change: ({ properties }) => {
      const [route] = properties['routes'] as { properties: Record<string, unknown> }[];
      if (route) route.properties['nextHopIpAddress'] = '10.1.9.9';
    },
    named: 'route[0].next_hop_in_ip_address',
  },
  azurerm_service_plan: {
    ...{ arm: 'Microsoft.Web/serverfarms', named: 'worker_count' },
    change: set('sku.capacity', 3),
  },
  azurerm_storage_account: {
    ...{ arm: 'Microsoft.Storage/storageAccounts', end: 'demost', named: 'public_network_access' },
    change: set('properties.publicNetworkAccess', 'Enabled'),
  },
  azurerm_subnet: {
    ...{ arm: net('virtualNetworks/subnets'), end: '/probe' },
    change: set('properties.defaultOutboundAccess', true),
    named: 'default_outbound_access_enabled',
  },
  azurerm_subnet_network_security_group_association: {
    ...{ arm: net('virtualNetworks/subnets'), end: '/inference', named: 'deleted' },
    change: set('properties.networkSecurityGroup', undefined),
  },
  azurerm_subnet_route_table_association: {
    ...{ arm: net('virtualNetworks/subnets'), end: '/default', named: 'deleted' },
    change: set('properties.routeTable', undefined),
  },
  azurerm_subnet_service_endpoint_storage_policy: {
    ...{ arm: net('serviceEndpointPolicies'), change: tag, named: 'tags.by-hand' },
  },
  azurerm_user_assigned_identity: {
    ...{ arm: 'Microsoft.ManagedIdentity/userAssignedIdentities', end: '-probe-identity' },
    ...{ change: tag, named: 'tags.by-hand' },
  },
  azurerm_virtual_network: {
    ...{ arm: net('virtualNetworks'), end: '/demo-vnet' },
    change: set('properties.dhcpOptions', { dnsServers: ['203.0.113.9'] }),
    named: 'dns_servers[0]',
  },
  azurerm_windows_virtual_machine: {
    ...{ arm: 'Microsoft.Compute/virtualMachines', end: '-jumpbox', named: 'size' },
    change: set('properties.hardwareProfile.vmSize', 'Standard_D4s_v5'),
  },
};

let site: Site;
let summary: string;
beforeAll(async () => {
  site = await openSite();
  const { code, log } = await site.step('deploy', { stages: 'network' });
  if (code !== 0) throw new Error(log);
  const before = await site.step('drift');
  // The computes and the images were left out; of Terraform's nothing may be named.
  if (before.summary.includes('azurerm_')) throw new Error(before.summary);
  for (const doing of Object.values(doings)) act(doing);
  summary = (await site.step('drift')).summary;
}, 300_000);
afterAll(() => site.close());

function act({ arm, end = '', change, named }: Doing): void {
  const { resources } = site.azure.world;
  const found = resources
    .ofType(arm)
    .find(({ id }) => (/innereye-demo($|\/)/.test(id) ? id.includes(end) : false));
  if (found === undefined) throw new Error(`no ${arm} ${end}`);
  if (named === 'deleted' && change === gone) resources.delete(found.id);
  else change(found);
}

describe('what somebody changed of every resource type', () => {
  it('is all types of the configuration', () => {
    const texts = readdirSync(join(root, 'terraform'))
      .filter((name) => name.endsWith('.tf'))
      .map((name) => readFileSync(join(root, 'terraform', name), 'utf8'));
    const used = texts.flatMap((text) =>
      [...text.matchAll(/^resource "(\w+)"/gm)].map(([, type]) => type),
    );
    expect(Object.keys(doings).toSorted()).toEqual([...new Set(used)].toSorted());
  });

  it.each(Object.entries(doings))('is named by attribute: %s', (type, { named }) => {
    const rows = summary.split('\n').filter((row) => row.startsWith(`| \`${type}.`));
    const attributes = rows.map((row) =>
      row.includes('**deleted**') ? 'deleted' : (row.split('`')[3] ?? ''),
    );
    expect(attributes.filter((attribute) => attribute.startsWith(named))).not.toEqual([]);
  });

  it('is told of nothing else, but for what a lost association is to those it joined', () => {
    const rows = summary.split('\n').filter((row) => row.startsWith('| `azurerm_'));
    const strangers = rows.flatMap((row) => {
      const [, address = '', type = ''] = /^\| `((\w+)\.[^`]*)`/.exec(row) ?? [];
      const attribute = row.includes('**deleted**') ? 'deleted' : (row.split('`')[3] ?? '');
      return attribute.startsWith(doings[type]?.named ?? 'none') ? [] : [`${address} ${attribute}`];
    });
    expect(strangers).toEqual([
      'azurerm_route_table.egress subnets[0]',
      'azurerm_subnet.workload["default"] route_table_id',
      'azurerm_subnet.workload["inference"] network_security_group_id',
    ]);
  });
});
