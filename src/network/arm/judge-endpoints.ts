import type { Outputs } from '../../terraform/outputs.ts';
import type { Evidence } from '../evidence.ts';
import { isWithin, nameOf, same } from './fields.ts';
import type { Endpoint, Facts, Zone } from './facts.ts';
import { servicesOf } from './judge-access.ts';
import { networkOf } from './subnets.ts';
import { each, judged, row } from './verdict.ts';

/** A private way to a service that the environment must have. */
export interface ExpectedEndpoint {
  readonly kind: string;
  readonly target: string;
  /** The part of the service, as Azure names it. */
  readonly group: string;
  readonly names: readonly ExpectedName[];
}

interface ExpectedName {
  readonly zone: string;
  /** The record, or how it begins where Azure makes up the rest. */
  readonly record: string;
  readonly begins?: true;
}

/**
 * The endpoints of an environment. That of the images' account is expected as soon as there is that
 * account: the stage that deploys the web app makes both, and before it neither is missing. Zones and
 * records: learn.microsoft.com, "Azure Private Endpoint private DNS zone values", and for the workspace
 * "Use a workspace with a custom DNS server".
 */
export function expectedEndpoints(facts: Facts, outputs: Outputs): readonly ExpectedEndpoint[] {
  const one = (
    kind: string,
    target: string,
    group: string,
    zone: string,
    ...records: readonly string[]
  ): ExpectedEndpoint => ({
    ...{ kind, target, group },
    names: records.map((record) => ({ zone: `privatelink.${zone}`, record })),
  });
  const { keyVaultName: vault, storageAccountName: account, registryName: registry } = outputs;
  const { inferenceAppName: app, workspaceName: workspace } = outputs;
  const files = ['blob', 'file'].map((group) =>
    one('storage account', account, group, `${group}.core.windows.net`, account),
  );
  const { imagesAccount: images } = facts;
  const guid = facts.workspaceGuid ?? 'workspace-without-guid';
  return [
    one('vault', vault, 'vault', 'vaultcore.azure.net', vault),
    ...files,
    ...(images === undefined
      ? []
      : [one('storage account', images, 'blob', 'blob.core.windows.net', images)]),
    one('registry', registry, 'registry', 'azurecr.io', registry),
    {
      ...{ kind: 'workspace', target: workspace, group: 'amlworkspace' },
      names: [
        { zone: 'privatelink.api.azureml.ms', record: `${guid}.workspace.${outputs.location}` },
        { zone: 'privatelink.notebooks.azure.net', record: 'ml-', begins: true },
      ],
    },
    one('web app', app, 'sites', 'azurewebsites.net', app, `${app}.scm`),
  ];
}

/** Each service has its private endpoint, approved, in this network, and its name leads there. */
export function judgeEndpoints(facts: Facts, outputs: Outputs): readonly Evidence[] {
  const expected = expectedEndpoints(facts, outputs);
  return [
    ...expected.map((one) => judgeEndpoint(one, facts, outputs)),
    ...strangeEndpoints(facts),
    ...judgeZones(expected, facts, outputs),
    ...expected.flatMap((one) => judgeNames(one, facts)),
    ...strangeRecords(facts),
    ...strangeZones(expected, facts),
  ];
}

function endpointsFor({ target, group }: ExpectedEndpoint, facts: Facts): readonly Endpoint[] {
  return facts.endpoints.filter(({ links }) =>
    links.some(
      ({ targetId, groups }) =>
        isWithin(targetId, facts.groupId) &&
        same(nameOf(targetId), target) &&
        groups.some((one) => same(one, group)),
    ),
  );
}

function addressesOf({ id, interfaceIds }: Endpoint, facts: Facts): readonly string[] {
  return facts.interfaces
    .filter((one) => same(one.endpointId, id) || interfaceIds.some((card) => same(card, one.id)))
    .flatMap(({ addresses }) => addresses);
}

function judgeEndpoint(expected: ExpectedEndpoint, facts: Facts, outputs: Outputs): Evidence {
  const check = 'endpoint-approved';
  const subject = `${expected.kind} ${expected.target}, ${expected.group}`;
  const [found] = endpointsFor(expected, facts);
  if (found === undefined) return row(check, subject, 'hole', 'no private endpoint');
  const network = networkOf(facts, outputs);
  const addresses = addressesOf(found, facts);
  const inNetwork = network !== undefined && isWithin(found.subnetId ?? '', network.id);
  const wrong = [
    ...found.links.filter(({ status }) => !same(status, 'Approved')).map(({ status }) => status),
    ...(inNetwork ? [] : ['it stands in another network']),
  ];
  if (addresses.length === 0) {
    return row(check, subject, 'unproven', `${found.name} has no address that ARM names`);
  }
  return judged(check, subject, wrong, `${found.name}: approved, ${addresses.join(', ')}`);
}

/** An endpoint that leads to somebody else's resource is a way out. */
function strangeEndpoints(facts: Facts): readonly Evidence[] {
  const ours = servicesOf(facts).map(({ service }) => service.id);
  const isOurs = (target: string): boolean => ours.some((id) => same(id, target));
  return facts.endpoints.flatMap(({ name, links }) => {
    const strange = links.filter(({ targetId }) => !isOurs(targetId));
    const words = strange.map(({ targetId }) => `leads to ${targetId || 'what ARM does not say'}`);
    if (links.length === 0) words.push('leads to what ARM does not say');
    if (words.length === 0) return [];
    return [judged('endpoint-of-ours', `private endpoint ${name}`, words, '')];
  });
}

function judgeZones(
  expected: readonly ExpectedEndpoint[],
  facts: Facts,
  outputs: Outputs,
): readonly Evidence[] {
  const network = networkOf(facts, outputs);
  const names = [...new Set(expected.flatMap((one) => one.names.map(({ zone }) => zone)))];
  return each('zone-linked', 'private zones', names, (name) => {
    const zone = facts.zones.find((one) => same(one.name, name));
    if (zone === undefined) return row('zone-linked', name, 'hole', 'no such private zone');
    const link = zone.links.find(({ networkId }) => same(networkId, network?.id));
    const state = link?.state ?? 'Completed';
    const wrong = [
      ...(link === undefined ? ['not linked to the network'] : []),
      ...(same(state, 'Completed') ? [] : [`its link is ${state}`]),
    ];
    return judged('zone-linked', name, wrong, `linked to ${network?.name ?? ''}`);
  });
}

function judgeNames(expected: ExpectedEndpoint, facts: Facts): readonly Evidence[] {
  const addresses = endpointsFor(expected, facts).flatMap((one) => addressesOf(one, facts));
  return expected.names.map(({ zone, record, begins }) => {
    const name = `${record}${begins ? '…' : ''}.${zone}`;
    const found = (facts.zones.find((one) => same(one.name, zone))?.records ?? []).filter((one) =>
      begins ? one.name.startsWith(record) : same(one.name, record),
    );
    if (found.length === 0) return row('private-name', name, 'hole', 'no such record');
    const said = found.flatMap((one) => one.addresses);
    const wrong = said
      .filter((address) => !addresses.includes(address))
      .map((address) => `leads to ${address}, not to the endpoint`);
    if (said.length === 0) wrong.push('leads nowhere');
    return judged('private-name', name, wrong, said.join(', '));
  });
}

/** Whatever a private zone says must lead to an endpoint of this network. */
function strangeRecords(facts: Facts): readonly Evidence[] {
  const known = facts.endpoints.flatMap((one) => addressesOf(one, facts));
  const isStrange = (zone: Zone): readonly Evidence[] =>
    zone.records.flatMap(({ name, addresses }) =>
      addresses
        .filter((address) => !known.includes(address))
        .map((address) =>
          row('record-of-ours', `${name}.${zone.name}`, 'hole', `leads to ${address}, no endpoint`),
        ),
    );
  return facts.zones.flatMap(isStrange);
}

/** A zone for another name could lead a host of the allow-list to an address of somebody's choice. */
function strangeZones(expected: readonly ExpectedEndpoint[], facts: Facts): readonly Evidence[] {
  const known = expected.flatMap(({ names }) => names.map(({ zone }) => zone));
  return facts.zones
    .filter(({ name }) => !known.some((one) => same(one, name)))
    .map(({ name }) => row('record-of-ours', name, 'hole', 'a zone that no service here needs'));
}
