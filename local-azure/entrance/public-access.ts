import { inRange, prefixLength } from '../inside/address.ts';
import { at, list, text, texts } from '../inside/json-fields.ts';
import type { Call } from '../operation.ts';
import type { StoredResource } from '../world.ts';

/** Where the runner, and whoever else stands outside, comes from: TEST-NET-2 (RFC 5737). */
export const outsideAddress = '198.51.100.7';

/** Why a resource's own network settings keep a request out: all of the public, or this address. */
export type KeptOut = 'disabled' | 'denied';

type Knock = Pick<Call, 'vantage' | 'clientAddress' | 'subnetId'>;

/** The address that a service sees a request come from. */
export function addressOf(call: Knock): string {
  return call.clientAddress ?? outsideAddress;
}

/**
 * Whether a resource's own settings keep out a request, by the two that all services share:
 * `publicNetworkAccess`, and a list of rules with a default action (`networkAcls`; a registry's
 * `networkRuleSet`). What comes over a private endpoint is never asked.
 */
export function keptOut(resource: StoredResource, call: Knock): KeptOut | undefined {
  if (call.vantage === 'inside') return undefined;
  const { properties } = resource;
  const access = text(properties, 'publicNetworkAccess')?.toLowerCase() ?? 'enabled';
  if (access !== 'enabled') return 'disabled';
  const rules = properties['networkAcls'] ?? properties['networkRuleSet'];
  if (text(rules, 'defaultAction')?.toLowerCase() === 'deny') {
    return isListed(rules, call) ? undefined : 'denied';
  }
  // A workspace has a plain list instead; an empty one restricts nothing.
  const allowed = texts(properties, 'ipAllowlist');
  return allowed.length === 0 || covers(allowed, addressOf(call)) ? undefined : 'denied';
}

function isListed(rules: unknown, call: Knock): boolean {
  const addresses = list(at(rules, 'ipRules')).map((one) => text(one, 'value') ?? '');
  const subnets = list(at(rules, 'virtualNetworkRules')).map((one) => text(one, 'id') ?? '');
  const subnet = call.subnetId?.toLowerCase();
  return (
    covers(addresses, addressOf(call)) ||
    (subnet !== undefined && subnets.some((id) => id.toLowerCase() === subnet))
  );
}

/** Whether one of the ranges holds an address. */
export function covers(ranges: readonly string[], address: string): boolean {
  return ranges.some((range) => prefixLength(range) >= 0 && inRange(address, range));
}
