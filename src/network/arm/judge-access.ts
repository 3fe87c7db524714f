import type { Outputs } from '../../terraform/outputs.ts';
import type { Evidence } from '../evidence.ts';
import { isWithin, nameOf, same } from './fields.ts';
import type { Facts } from './facts.ts';
import type { Service } from './service-facts.ts';
import { judged, mustBe, row } from './verdict.ts';

/** What each kind of service is called, which list has it, and which one the environment names. */
const kinds = [
  ['storage account', 'accounts', 'storageAccountName'],
  ['vault', 'vaults', 'keyVaultName'],
  ['registry', 'registries', 'registryName'],
  ['workspace', 'workspaces', 'workspaceName'],
  ['web app', 'sites', 'inferenceAppName'],
] as const;

/** Every service of the group with its kind, whoever made it. */
export function servicesOf(
  facts: Facts,
): readonly { readonly kind: string; readonly service: Service }[] {
  return kinds.flatMap(([kind, list]) => facts[list].map((service) => ({ kind, service })));
}

/** Public access is off for every service of the group, and nobody else's endpoint leads to one. */
export function judgeAccess(facts: Facts, outputs: Outputs): readonly Evidence[] {
  const missing = kinds
    .filter(([, list, key]) => !facts[list].some(({ name }) => same(name, outputs[key])))
    .map(([kind, , key]) =>
      row('public-access-off', `${kind} ${outputs[key]}`, 'unproven', 'ARM does not list it'),
    );
  const listed = servicesOf(facts).flatMap(({ kind, service }) => [
    publicAccess(`${kind} ${service.name}`, service.publicAccess),
    ...foreignConnections(`${kind} ${service.name}`, service, facts.groupId),
  ]);
  const logs = facts.logs.map(({ kind, name, ingestion }) => {
    const evidence = publicAccess(`${kind} ${name}`, ingestion, 'publicNetworkAccessForIngestion');
    return { ...evidence, check: 'log-ingestion-off' };
  });
  return [...missing, ...listed, ...logs];
}

function publicAccess(
  subject: string,
  value: string | undefined,
  field = 'publicNetworkAccess',
): Evidence {
  const check = 'public-access-off';
  // what nobody switched off is on
  if (value === undefined) return row(check, subject, 'hole', `${field} is not said`);
  const result = same(value, 'Disabled') ? 'closed' : same(value, 'Enabled') ? 'hole' : 'unproven';
  return row(check, subject, result, `${field} ${value}`);
}

/** Whoever knows a service's id may ask for a connection; nothing passes before somebody approves it. */
function isShut(status: string): boolean {
  return ['Pending', 'Rejected', 'Disconnected', 'Timeout'].some((one) => same(status, one));
}

function foreignConnections(
  subject: string,
  { connections }: Service,
  groupId: string,
): readonly Evidence[] {
  return connections
    .filter(({ endpointId }) => !isWithin(endpointId, groupId))
    .map(({ endpointId, status }) =>
      row(
        'no-foreign-endpoint',
        subject,
        isShut(status) ? 'closed' : 'hole',
        `private endpoint ${endpointId || 'without a name'} of another group: ${status}`,
      ),
    );
}

/** The web app's own doors and its way out. */
export function judgeSites(facts: Facts, outputs: Outputs): readonly Evidence[] {
  const network = facts.networks.find(({ name }) => same(name, outputs.vnetName));
  return facts.sites.flatMap((site) => {
    const subject = `web app ${site.name}`;
    const password = (door: string, allowed: boolean | undefined): Evidence =>
      mustBe('publishing-password-off', `${subject}, ${door}`, allowed, false, [
        'the password is off',
        'signing in with a password is on',
      ]);
    const inNetwork = network !== undefined && isWithin(site.subnetId ?? '', network.id);
    const out = [
      ...(inNetwork ? [] : ['is in no subnet of this network']),
      ...(site.routesAll === true ? [] : ['does not send all its traffic through the network']),
    ];
    const doors = [
      ...(same(site.ftps, 'Disabled') ? [] : [`FTP is ${site.ftps ?? 'not said'}`]),
      ...(site.remoteDebugging === true ? ['remote debugging is on'] : []),
    ];
    return [
      password('FTP', site.ftpPassword),
      password('deployment (SCM)', site.scmPassword),
      judged('web-app-doors-off', subject, doors, 'FTP and remote debugging are off'),
      judged('web-app-way-out', subject, out, `all traffic by subnet ${nameOf(site.subnetId)}`),
    ];
  });
}
