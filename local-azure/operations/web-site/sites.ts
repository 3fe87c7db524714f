import { randomBytes, randomUUID } from 'node:crypto';
import { ArmError, badRequest, conflict } from '../../arm/errors.ts';
import { isTaken } from '../../arm/global-names.ts';
import { groupIdOf, nameOf } from '../../arm/ids.ts';
import { asObject, asObjects, asText, at } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import { connectionsOf } from '../../arm/private-link.ts';
import { referrersOf } from '../../arm/references.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import { takeSettings } from './configuration.ts';

export const SITES = 'Microsoft.Web/sites';
const PLANS = 'Microsoft.Web/serverfarms';
const DELEGATION = 'Microsoft.Web/serverFarms';
const NAME_PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9-]{0,58}[a-zA-Z0-9]$/;

export const siteTypes: readonly ResourceType[] = [
  {
    type: PLANS,
    spelling: 'Microsoft.Web/serverFarms',
    located: true,
    creates: 200,
    waiting: 'state',
    deletes: 200,
    seconds: { create: 0 },
    defaults: { perSiteScaling: false, elasticScaleEnabled: false, zoneRedundant: false },
    derive: derivePlan,
    view: (plan, world) => ({ numberOfSites: referrersOf(world, plan.id, [SITES]).length }),
    inUse: (plan, world) => {
      const sites = referrersOf(world, plan.id, [SITES]).map(({ name }) => name);
      return sites.length === 0
        ? undefined
        : conflict(
            'Conflict',
            `Server farm '${plan.name}' cannot be deleted because it has web app(s) ${sites.join(', ')} assigned to it.`,
          );
    },
  },
  {
    type: SITES,
    located: true,
    creates: 200,
    waiting: 'accepted',
    deletes: 200,
    seconds: { create: 30, update: 5 },
    defaults: {
      enabled: true,
      httpsOnly: false,
      clientAffinityEnabled: true,
      clientCertEnabled: false,
      clientCertMode: 'Required',
      publicNetworkAccess: 'Enabled',
      keyVaultReferenceIdentity: 'SystemAssigned',
      storageAccountRequired: false,
    },
    once: {
      customDomainVerificationId: () => randomBytes(32).toString('hex').toUpperCase(),
      deploymentId: () => randomUUID(),
    },
    check: checkSite,
    derive: deriveSite,
    view: (site, world) => {
      const connections = connectionsOf(world, site);
      return connections.length > 0 ? { privateEndpointConnections: connections } : {};
    },
    simplified: 'deleting the last site never deletes its plan',
  },
];

function derivePlan({ draft, existing }: Write): void {
  const name = asText(draft.sku?.['name']) ?? asText(existing?.sku?.['name']) ?? 'B1';
  const capacity = Number(draft.sku?.['capacity'] ?? 1);
  draft.sku = { name, ...tierOf(name), size: name, capacity };
  draft.kind = draft.properties['reserved'] === true ? 'linux' : 'app';
  Object.assign(draft.properties, {
    status: 'Ready',
    numberOfWorkers: capacity,
    maximumNumberOfWorkers: 30,
    maximumElasticWorkerCount: draft.properties['maximumElasticWorkerCount'] ?? 1,
    geoRegion: draft.location,
    resourceGroup: nameOf(groupIdOf(draft.id) ?? ''),
  });
}

/** `P0v3` is tier Premium0V3 of family Pv3; `B1` is Basic of family B. */
function tierOf(name: string): { tier: string; family: string } {
  const [, letter = '', number = '', version = ''] = /^([A-Z]+)(\d*m?)(v\d)?$/i.exec(name) ?? [];
  const words: Readonly<Record<string, string>> = {
    B: 'Basic',
    S: 'Standard',
    P: 'Premium',
    F: 'Free',
    I: 'Isolated',
  };
  const word = words[letter.toUpperCase()] ?? 'Basic';
  const tier =
    word === 'Premium' && number === '0'
      ? `Premium0${version.toUpperCase()}`
      : `${word}${version.toUpperCase()}`;
  return { tier, family: `${letter}${version}` };
}

function checkSite({ world, id, draft, existing }: Write): void {
  if (!NAME_PATTERN.test(draft.name)) {
    throw badRequest('BadRequest', `The parameter name has an invalid value: '${draft.name}'.`);
  }
  if (isTaken(world, SITES, draft.name, id)) {
    throw conflict('Conflict', `Website with given name ${draft.name} already exists.`);
  }
  const plan =
    asText(draft.properties['serverFarmId']) ?? asText(existing?.properties['serverFarmId']);
  if (plan === undefined || world.resources.get(plan) === undefined) {
    throw new ArmError(404, 'NotFound', `Cannot find ServerFarm with name ${nameOf(plan ?? '')}.`);
  }
  draft.properties['serverFarmId'] = plan;
  checkIntegration(world, asText(draft.properties['virtualNetworkSubnetId']));
}

/** Refuses a subnet that is not there or not delegated to App Service. */
export function checkIntegration(world: Write['world'], subnetId: string | undefined): void {
  if (subnetId === undefined) return;
  const subnet = world.resources.get(subnetId);
  if (subnet === undefined) {
    throw new ArmError(404, 'NotFound', `The subnet '${subnetId}' was not found.`);
  }
  const delegated = asObjects(subnet.properties['delegations']).some(
    (one) => asText(at(one, 'properties.serviceName'))?.toLowerCase() === DELEGATION.toLowerCase(),
  );
  if (delegated) return;
  throw badRequest(
    'BadRequest',
    `Subnet ${subnet.name} is missing required delegations to ${DELEGATION}.`,
  );
}

function deriveSite(write: Write): void {
  const { world, draft, existing } = write;
  const { properties } = draft;
  const plan = world.resources.get(String(properties['serverFarmId']));
  const linux = plan?.properties['reserved'] === true;
  const siteConfig: Json = {
    ...asObject(existing?.properties['siteConfig']),
    ...asObject(properties['siteConfig']),
  };
  properties['siteConfig'] = siteConfig;
  takeSettings(draft, siteConfig);
  const container = /^DOCKER\|/i.test(asText(siteConfig['linuxFxVersion']) ?? '');
  draft.kind ??= ['app', ...(linux ? ['linux'] : []), ...(container ? ['container'] : [])].join(
    ',',
  );
  const host = `${draft.name.toLowerCase()}.azurewebsites.net`;
  const scm = host.replace('.azurewebsites', '.scm.azurewebsites');
  Object.assign(properties, {
    state:
      properties['enabled'] === false ? 'Stopped' : (existing?.properties['state'] ?? 'Running'),
    reserved: linux,
    repositorySiteName: draft.name,
    usageState: 'Normal',
    availabilityState: 'Normal',
    resourceGroup: nameOf(groupIdOf(draft.id) ?? ''),
    sku: plan?.sku?.['tier'],
    defaultHostName: host,
    hostNames: [host],
    enabledHostNames: [host, scm],
    hostNameSslStates: [
      { name: host, sslState: 'Disabled', hostType: 'Standard' },
      { name: scm, sslState: 'Disabled', hostType: 'Repository' },
    ],
    outboundIpAddresses: '203.0.113.250,203.0.113.251',
    possibleOutboundIpAddresses: '203.0.113.250,203.0.113.251,203.0.113.252',
    inboundIpAddress: '203.0.113.249',
    lastModifiedTimeUtc: new Date(world.clock.now()).toISOString(),
  });
}
