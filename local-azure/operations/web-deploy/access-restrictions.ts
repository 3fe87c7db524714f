import { addressOf, covers } from '../../entrance/public-access.ts';
import { at, list, number, text } from '../../inside/json-fields.ts';
import type { Call } from '../../operation.ts';
import type { StoredResource } from '../../world.ts';

/** The two sites of an app: its own, and the one of its deployment tools. */
export type SitePart = 'main' | 'scm';

/**
 * Whether a site is closed to a request: public access is off for both parts, or the first access
 * restriction that fits (by priority) or the default action of that part denies it. What comes by a
 * private endpoint is never asked (learn.microsoft.com, "Azure App Service access restrictions").
 */
export function isClosed(site: StoredResource, part: SitePart, call: Call): boolean {
  if (call.vantage === 'inside') return false;
  const config = site.properties['siteConfig'];
  const access =
    text(site.properties, 'publicNetworkAccess') ?? text(config, 'publicNetworkAccess');
  if (access?.toLowerCase() === 'disabled') return true;
  const asMain = part === 'main' || at(config, 'scmIpSecurityRestrictionsUseMain') === true;
  const name = asMain ? 'ipSecurityRestrictions' : 'scmIpSecurityRestrictions';
  const rules = list(at(config, name));
  const first = [...rules]
    .sort((one, other) => number(one, 65_000, 'priority') - number(other, 65_000, 'priority'))
    .find((rule) => fits(rule, call));
  if (first !== undefined) return text(first, 'action')?.toLowerCase() === 'deny';
  const byDefault = text(config, `${name}DefaultAction`)?.toLowerCase();
  // Without a default action of its own, a list that lets somebody in keeps everybody else out.
  return byDefault === undefined
    ? rules.some((rule) => text(rule, 'action')?.toLowerCase() !== 'deny')
    : byDefault === 'deny';
}

function fits(rule: unknown, call: Call): boolean {
  const subnet = text(rule, 'vnetSubnetResourceId')?.toLowerCase();
  if (subnet !== undefined) return subnet === call.subnetId?.toLowerCase();
  const range = text(rule, 'ipAddress') ?? '';
  if (/^(any|\*)$/i.test(range)) return true;
  // A service tag may hold the runner: what it could let in, it lets in.
  if (text(rule, 'tag')?.toLowerCase() === 'servicetag') return /^AzureCloud/i.test(range);
  return covers(range.split(','), addressOf(call));
}
