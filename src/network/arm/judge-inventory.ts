import type { Evidence } from '../evidence.ts';
import type { Facts } from './facts.ts';
import { nothing, row } from './verdict.ts';

/** Types that other checks judge, or that nobody can reach anything by. In lower case. */
const known: readonly RegExp[] = [
  /^microsoft\.network\/(azurefirewalls|bastionhosts|firewallpolicies|networkinterfaces|networksecuritygroups|privatednszones|privateendpoints|publicipaddresses|routetables|serviceendpointpolicies|virtualnetworks|dnsresolverpolicies|dnsresolverdomainlists|natgateways|virtualnetworkgateways)(\/|$)/,
  /^microsoft\.(storage\/storageaccounts|keyvault\/vaults|containerregistry\/registries)(\/(replications|webhooks|secrets))?$/,
  /^microsoft\.machinelearningservices\/workspaces$/,
  /^microsoft\.web\/(sites|serverfarms)$/,
  /^microsoft\.(operationalinsights\/workspaces|insights\/components)$/,
  /^microsoft\.compute\/(virtualmachines(\/(extensions|runcommands))?|disks)$/,
  /^microsoft\.managedidentity\/userassignedidentities$/,
  /^microsoft\.devtestlab\/schedules$/,
  // what Azure adds by itself to Application Insights, and what only watches
  /^microsoft\.insights\/(actiongroups|activitylogalerts|metricalerts|scheduledqueryrules|datacollectionrules|workbooks|diagnosticsettings)$/,
  /^microsoft\.(alertsmanagement\/|portal\/dashboards$|security\/)/,
  /^microsoft\.operationsmanagement\/solutions$/,
];

/** Nothing stands in the group that no check has looked at. */
export function judgeInventory(facts: Facts): readonly Evidence[] {
  const check = 'nothing-unknown';
  if (facts.inventory.length === 0) return [nothing(check, 'resources of the group')];
  const unknown = facts.inventory.filter(
    ({ type }) => !known.some((pattern) => pattern.test(type.toLowerCase())),
  );
  if (unknown.length === 0) {
    const seen = `each of its ${facts.inventory.length} resources is of a kind that was judged`;
    return [row(check, 'the resource group', 'closed', seen)];
  }
  return unknown.map(({ type, name }) =>
    row(check, `${type} ${name}`, 'unproven', 'a kind of resource that no check looks at'),
  );
}

/** What ARM would not say. */
export function judgeReading(facts: Facts): readonly Evidence[] {
  return facts.unread.map(({ what, why }) => row('arm-answers', what, 'unproven', why));
}
