import type { Evidence } from '../evidence.ts';
import type { Facts } from './facts.ts';
import { nothing, row } from './verdict.ts';

/** Types that other checks judge, or that nobody can reach anything by. In lower case. */
const known: readonly RegExp[] = [
  /^microsoft\.network\/(azurefirewalls|bastionhosts|firewallpolicies|networkinterfaces|networksecuritygroups|privatednszones|privateendpoints|publicipaddresses|routetables|serviceendpointpolicies|virtualnetworks|dnsresolverpolicies|dnsresolverdomainlists|applicationsecuritygroups|ipgroups|natgateways|virtualnetworkgateways)(\/|$)/,
  /^microsoft\.(storage\/storageaccounts|keyvault\/vaults|containerregistry\/registries)(\/(replications|secrets))?$/,
  /^microsoft\.machinelearningservices\/workspaces(\/computes)?$/,
  /^microsoft\.web\/(sites|serverfarms|certificates)$/,
  /^microsoft\.(operationalinsights\/workspaces|insights\/components)$/,
  /^microsoft\.compute\/(virtualmachines(\/(extensions|runcommands))?|disks)$/,
  /^microsoft\.managedidentity\/userassignedidentities$/,
  /^microsoft\.devtestlab\/schedules$/,
  // what Azure adds by itself to Application Insights, what only watches, and what only scales
  /^microsoft\.insights\/(actiongroups|activitylogalerts|metricalerts|scheduledqueryrules|autoscalesettings|datacollectionrules|workbooks|diagnosticsettings)$/,
  /^microsoft\.(alertsmanagement\/|portal\/dashboards$|security\/)/,
  /^microsoft\.operationsmanagement\/solutions$/,
];

/** Types that are doors of their own, and what they open. In lower case, by how they begin. */
const doors: readonly (readonly [type: string, opens: string])[] = [
  ['microsoft.web/sites/slots', 'is a site of its own, public unless somebody closed it'],
  ['microsoft.machinelearningservices/workspaces/onlineendpoints', 'scores for whoever reaches it'],
  ['microsoft.machinelearningservices/workspaces/serverlessendpoints', 'scores for the internet'],
  ['microsoft.machinelearningservices/workspaces/batchendpoints', 'starts jobs for a token'],
  [
    'microsoft.containerregistry/registries/webhooks',
    'tells an address of somebody what is pushed',
  ],
  ['microsoft.containerregistry/registries/tasks', "runs code on Microsoft's machines"],
  ['microsoft.network/loadbalancers', 'may have a public address and lead inwards'],
  ['microsoft.network/privatelinkservices', "lets other networks' endpoints in"],
  ['microsoft.network/publicipprefixes', 'keeps public addresses ready'],
  ['microsoft.network/networksecurityperimeters', 'may open a service that has no public access'],
  ['microsoft.network/dnsforwardingrulesets', 'sends questions for names elsewhere'],
  ['microsoft.cdn/profiles', 'may lead the internet to a service by a private endpoint'],
];

/** Nothing stands in the group that no check has looked at. */
export function judgeInventory(facts: Facts): readonly Evidence[] {
  const check = 'nothing-unknown';
  if (facts.inventory.length === 0) return [nothing(check, 'resources of the group')];
  const unknown = facts.inventory.filter(
    ({ type }) => !known.some((pattern) => pattern.test(type.toLowerCase())),
  );
  if (unknown.length === 0) {
    const number = facts.inventory.length;
    const seen = `${number === 1 ? '1 resource' : `${number} resources`}, each of a kind that a check looks at or that opens nothing by itself`;
    return [row(check, 'the resource group', 'closed', seen)];
  }
  return unknown.map(({ type, name }) =>
    row(check, `${type} ${name}`, 'unproven', `no check looks at this kind${opensWhat(type)}`),
  );
}

function opensWhat(type: string): string {
  const known = doors.find(([door]) => `${type.toLowerCase()}/`.startsWith(`${door}/`));
  return known === undefined ? '' : `, which ${known[1]}`;
}

/** What ARM would not say. */
export function judgeReading(facts: Facts): readonly Evidence[] {
  return facts.unread.map(({ what, why }) => row('arm-answers', what, 'unproven', why));
}
