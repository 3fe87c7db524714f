import { badRequest } from '../../arm/errors.ts';
import { nameOf, parentOf } from '../../arm/ids.ts';
import { asObject, asObjects, asText, at } from '../../arm/json.ts';
import { checkReferences, referenceAt, referrersOf } from '../../arm/references.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import { hostAddress } from '../../inside/address.ts';
import { prefixesOf } from './addresses.ts';
import { identifyItems, networkType } from './items.ts';

const POLICIES = 'Microsoft.Network/firewallPolicies';
const FIREWALLS = 'Microsoft.Network/azureFirewalls';
const SUBNET_NAME = 'AzureFirewallSubnet';

export const firewallTypes: readonly ResourceType[] = [
  {
    ...networkType,
    type: POLICIES,
    seconds: { create: 30, update: 20, delete: 10 },
    defaults: { sku: { tier: 'Standard' }, threatIntelMode: 'Alert' },
    lock: (id) => id,
    view: (policy, world) => ({
      firewalls: referrersOf(world, policy.id, [FIREWALLS]).map(({ id }) => ({ id })),
      ruleCollectionGroups: world.resources.below(policy.id).map(({ id }) => ({ id })),
      childPolicies: [],
    }),
    inUse: (policy, world) => {
      const users = referrersOf(world, policy.id, [FIREWALLS]).map(({ id }) => id);
      return users.length === 0
        ? undefined
        : badRequest(
            'FirewallPolicyInUse',
            `Firewall policy ${policy.id} is in use by ${users.join(', ')} and cannot be deleted.`,
          );
    },
  },
  {
    ...networkType,
    type: `${POLICIES}/ruleCollectionGroups`,
    located: false,
    once: {},
    verbs: ['get', 'list', 'put', 'delete'],
    seconds: { create: 60, update: 45, delete: 30 },
    lock: (id) => parentOf(id) ?? id,
    check: checkRules,
  },
  {
    ...networkType,
    type: FIREWALLS,
    seconds: { create: 420, update: 120, delete: 240 },
    defaults: { threatIntelMode: 'Alert' },
    check: checkFirewall,
    derive: deriveFirewall,
  },
];

function checkRules({ draft, id }: Write): void {
  const priority = Number(draft.properties['priority']);
  if (!Number.isInteger(priority) || priority < 100 || priority > 65_000) {
    throw badRequest(
      'FirewallPolicyRuleCollectionGroupInvalidPriority',
      `The priority of rule collection group ${nameOf(id)} must be between 100 and 65000.`,
    );
  }
  const names = asObjects(draft.properties['ruleCollections']).map((one) => one['name']);
  if (new Set(names).size !== names.length) {
    throw badRequest(
      'FirewallPolicyRuleCollectionNameNotUnique',
      `Rule collection names in rule collection group ${nameOf(id)} must be unique.`,
    );
  }
}

function checkFirewall({ world, draft, id }: Write): void {
  checkReferences(world, draft.properties, id);
  for (const configuration of asObjects(draft.properties['ipConfigurations'])) {
    const subnet = referenceAt(configuration, 'properties.subnet');
    if (subnet === undefined || nameOf(subnet) === SUBNET_NAME) continue;
    throw badRequest(
      'AzureFirewallSubnetNameIsIncorrect',
      `The subnet of firewall ${nameOf(id)} must be named ${SUBNET_NAME}, not ${nameOf(subnet)}.`,
    );
  }
}

/** The firewall holds the first usable address of its subnet. */
function deriveFirewall({ world, draft }: Write): void {
  const items = identifyItems(draft, 'ipConfigurations', 'azureFirewallIpConfigurations');
  const subnetId = items.map((one) => asText(at(one, 'properties.subnet.id'))).find(Boolean);
  const subnet = world.resources.get(subnetId ?? '');
  const prefix = subnet === undefined ? undefined : prefixesOf(subnet)[0];
  if (prefix === undefined) return;
  draft.properties['ipConfigurations'] = items.map((one) => ({
    ...one,
    properties: {
      ...asObject(one['properties']),
      privateIPAddress: hostAddress(prefix, 0),
      privateIPAllocationMethod: 'Dynamic',
    },
  }));
}
