import type { Json, JsonMap } from '../mapping/json.ts';
import { location, name, references, tags } from '../mapping/codecs.ts';
import { both, many, one, read, zeros } from '../mapping/field.ts';
import type { Field } from '../mapping/field.ts';
import { at, isJsonMap, put, remove } from '../mapping/json.ts';
import { inGroup } from '../mapping/table.ts';
import type { ResourceTable } from '../mapping/table.ts';

const API = '2025-01-01';
const ARM = 'Microsoft.Network/';

const policy: ResourceTable = {
  label: 'Firewall Policy',
  api: API,
  path: inGroup(`${ARM}firewallPolicies/{name}`),
  fields: [
    location,
    tags,
    both('sku', 'properties.sku.tier'),
    both('threat_intelligence_mode', 'properties.threatIntelMode'),
    both('base_policy_id', 'properties.basePolicy.id'),
    ...zeros('auto_learn_private_ranges_enabled', 'private_ip_ranges'),
    one('dns', 'properties.dnsSettings', [
      both('proxy_enabled', 'enableProxy'),
      both('servers', 'servers', { empty: [] }),
    ]),
    one('threat_intelligence_allowlist', 'properties.threatIntelWhitelist', [
      both('fqdns', 'fqdns', { empty: [] }),
      both('ip_addresses', 'ipAddresses', { empty: [] }),
    ]),
    read('child_policies', 'properties.childPolicies', { codec: references }),
    read('firewalls', 'properties.firewalls', { codec: references }),
    read('rule_collection_groups', 'properties.ruleCollectionGroups', { codec: references }),
  ],
  update: 'put',
};

const addresses: Field[] = [
  both('source_addresses', 'sourceAddresses', { empty: [] }),
  both('source_ip_groups', 'sourceIpGroups', { empty: [] }),
  both('destination_addresses', 'destinationAddresses', { empty: [] }),
];

const applicationRules = many(
  'rule',
  'rules',
  [
    name,
    many('protocols', 'protocols', [both('type', 'protocolType'), both('port', 'port')]),
    many(
      'http_headers',
      'httpHeadersToInsert',
      [both('name', 'headerName'), both('value', 'headerValue')],
      { empty: null },
    ),
    ...addresses,
    both('destination_fqdns', 'targetFqdns', { empty: [] }),
    both('destination_urls', 'targetUrls', { empty: [] }),
    both('destination_fqdn_tags', 'fqdnTags', { empty: [] }),
    both('terminate_tls', 'terminateTLS', { empty: false }),
    both('web_categories', 'webCategories', { empty: [] }),
    both('description', 'description', { empty: '' }),
  ],
  { fixed: { ruleType: 'ApplicationRule' } },
);

const networkRules = many(
  'rule',
  'rules',
  [
    name,
    both('protocols', 'ipProtocols'),
    ...addresses,
    both('destination_ip_groups', 'destinationIpGroups', { empty: [] }),
    both('destination_fqdns', 'destinationFqdns', { empty: [] }),
    both('destination_ports', 'destinationPorts', { empty: [] }),
    both('description', 'description', { empty: '' }),
  ],
  { fixed: { ruleType: 'NetworkRule' } },
);

function collection(tf: string, key: string, rules: Field): Field {
  return many(tf, key, [name, both('priority', 'priority'), both('action', 'action.type'), rules], {
    fixed: { ruleCollectionType: 'FirewallPolicyFilterRuleCollection' },
  });
}

/** ARM keeps both kinds of collection in one list; here each has a place of its own meanwhile. */
const KINDS = {
  ApplicationRule: 'properties.application',
  NetworkRule: 'properties.network',
} as const;

function together(body: JsonMap): void {
  const lists = Object.values(KINDS).map((path) => (at(body, path) ?? []) as Json[]);
  for (const path of Object.values(KINDS)) remove(body, path);
  put(body, 'properties.ruleCollections', lists.flat());
}

function apart(json: JsonMap): JsonMap {
  const body = structuredClone(json);
  const all = (at(json, 'properties.ruleCollections') ?? []) as JsonMap[];
  for (const [kind, path] of Object.entries(KINDS)) {
    put(
      body,
      path,
      all.filter(
        (each) =>
          isJsonMap((each['rules'] as Json[])[0]) &&
          ((each['rules'] as JsonMap[])[0] as JsonMap)['ruleType'] === kind,
      ),
    );
  }
  return body;
}

const ruleCollectionGroup: ResourceTable = {
  label: 'Rule Collection Group',
  api: API,
  path: '{firewall_policy_id}/ruleCollectionGroups/{name}',
  fields: [
    both('priority', 'properties.priority'),
    collection('application_rule_collection', KINDS.ApplicationRule, applicationRules),
    collection('network_rule_collection', KINDS.NetworkRule, networkRules),
  ],
  update: 'put',
  lock: (id) => id.split(/\/ruleCollectionGroups\//i)[0] as string,
  shape: together,
  arriving: apart,
};

const ipConfiguration: Field[] = [
  name,
  both('subnet_id', 'properties.subnet.id'),
  both('public_ip_address_id', 'properties.publicIPAddress.id'),
  read('private_ip_address', 'properties.privateIPAddress'),
];

const firewall: ResourceTable = {
  label: 'Azure Firewall',
  api: API,
  path: inGroup(`${ARM}azureFirewalls/{name}`),
  fields: [
    location,
    tags,
    both('zones', 'zones'),
    ...zeros('dns_proxy_enabled', 'dns_servers', 'private_ip_ranges'),
    both('sku_name', 'properties.sku.name'),
    both('sku_tier', 'properties.sku.tier'),
    both('firewall_policy_id', 'properties.firewallPolicy.id'),
    both('threat_intel_mode', 'properties.threatIntelMode', { empty: '' }),
    many('ip_configuration', 'properties.ipConfigurations', ipConfiguration),
    one('management_ip_configuration', 'properties.managementIpConfiguration', ipConfiguration),
  ],
  fixed: { 'properties.additionalProperties': {} },
  update: 'put',
};

export const firewallTables = {
  azurerm_firewall_policy: policy,
  azurerm_firewall_policy_rule_collection_group: ruleCollectionGroup,
  azurerm_firewall: firewall,
};
