import { ArmError } from '../../arm/errors.ts';
import { asObject, textAt, withDefaults, withoutNulls } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import { armOperation } from '../../arm/operation.ts';
import { groupOf, missing, pathOf } from '../../arm/place.ts';
import { secretKey } from '../../canary.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { hasPart, partOf, setPart, takeSettings } from './configuration.ts';
import type { Part } from './configuration.ts';

const SITE =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web/sites/{site}';
const RIGHT = 'Microsoft.Web/sites/config';

/** Parts with secrets in them: a POST to `list` reads them, with a right of its own. */
const listed: readonly Part[] = [
  'appsettings',
  'connectionstrings',
  'azurestorageaccounts',
  'authsettings',
  'metadata',
  'backup',
];
const plain: readonly Part[] = ['logs', 'slotconfignames', 'authsettingsv2'];

/** What `config/web` says where `siteConfig` does not. */
const usualWeb: Json = {
  numberOfWorkers: 1,
  alwaysOn: false,
  http20Enabled: false,
  minTlsVersion: '1.2',
  scmMinTlsVersion: '1.2',
  ftpsState: 'FtpsOnly',
  use32BitWorkerProcess: true,
  webSocketsEnabled: false,
  managedPipelineMode: 'Integrated',
  loadBalancing: 'LeastRequests',
  remoteDebuggingEnabled: false,
  vnetRouteAllEnabled: false,
  ipSecurityRestrictionsDefaultAction: 'Allow',
  scmIpSecurityRestrictionsDefaultAction: 'Allow',
  scmIpSecurityRestrictionsUseMain: false,
  linuxFxVersion: '',
  appCommandLine: '',
};

export const configurationOperations: readonly Operation[] = [
  ...[...listed, ...plain].map((part) =>
    armOperation({
      route: `PUT ${SITE}/config/${part}`,
      needs: `${RIGHT}/write`,
      answer: (call, world) => writePart(call, world, part),
    }),
  ),
  ...listed.map((part) =>
    armOperation({
      route: `POST ${SITE}/config/${part}/list`,
      needs: `${RIGHT}/list/action`,
      answer: (call, world) => readPart(call, world, part),
    }),
  ),
  ...plain.map((part) =>
    armOperation({
      route: `GET ${SITE}/config/${part}`,
      needs: `${RIGHT}/read`,
      answer: (call, world) => readPart(call, world, part),
    }),
  ),
  armOperation({ route: `GET ${SITE}/config/web`, needs: `${RIGHT}/read`, answer: readWeb }),
  ...['PUT', 'PATCH'].map((method) =>
    armOperation({
      route: `${method} ${SITE}/config/web`,
      needs: `${RIGHT}/write`,
      answer: writeWeb,
    }),
  ),
  armOperation({
    route: `POST ${SITE}/config/publishingcredentials/list`,
    needs: `${RIGHT}/list/action`,
    answer: publishingCredentials,
  }),
  armOperation({
    route: `GET ${SITE}/config/publishingcredentials`,
    needs: `${RIGHT}/read`,
    simplified: 'as in Azure they are only listed by POST',
    answer: (call) => {
      throw missing(pathOf(call));
    },
  }),
  ...['ftp', 'scm'].flatMap(publishingPolicy),
];

/** The site of a request; 404 where it is not there. */
export function siteOf(call: Call, world: World): StoredResource {
  const id = /^.*\/sites\/[^/]+/i.exec(pathOf(call))?.[0] ?? '';
  groupOf(world, id);
  const site = world.resources.get(id);
  if (site === undefined) throw missing(id);
  return site;
}

function entry(site: StoredResource, part: string, properties: Json): Answer {
  const body = {
    id: `${site.id}/config/${part}`,
    name: part,
    type: RIGHT,
    location: site.location,
    properties,
  };
  return { status: 200, body };
}

function readPart(call: Call, world: World, part: Part): Answer {
  const site = siteOf(call, world);
  if (part === 'backup' && !hasPart(site, part)) {
    throw new ArmError(404, 'NotFound', `No backup configuration is set for site ${site.name}.`);
  }
  return entry(site, part, partOf(site, part));
}

function writePart(call: Call, world: World, part: Part): Answer {
  const site = siteOf(call, world);
  setPart(site, part, asObject(withoutNulls(asObject(call.body)['properties'])));
  world.events.emit('updated', site);
  return entry(site, part, partOf(site, part));
}

function readWeb(call: Call, world: World): Answer {
  const site = siteOf(call, world);
  return entry(site, 'web', withDefaults(asObject(site.properties['siteConfig']), usualWeb));
}

function writeWeb(call: Call, world: World): Answer {
  const site = siteOf(call, world);
  const sent = asObject(withoutNulls(asObject(call.body)['properties']));
  takeSettings(site, sent);
  site.properties['siteConfig'] = { ...asObject(site.properties['siteConfig']), ...sent };
  world.events.emit('updated', site);
  return readWeb(call, world);
}

function publishingCredentials(call: Call, world: World): Answer {
  const site = siteOf(call, world);
  const password = textAt(
    site.hidden,
    'publishingPassword',
    secretKey(45).replaceAll(/[+/]/g, 'x'),
  );
  site.hidden = { ...site.hidden, publishingPassword: password };
  const user = `$${site.name}`;
  return entry(site, 'publishingcredentials', {
    publishingUserName: user,
    publishingPassword: password,
    scmUri: `https://${user}:${password}@${site.name.toLowerCase()}.scm.azurewebsites.net`,
  });
}

function publishingPolicy(name: string): Operation[] {
  const route = `${SITE}/basicPublishingCredentialsPolicies/${name}`;
  const right = 'Microsoft.Web/sites/basicPublishingCredentialsPolicies';
  const answer = (site: StoredResource): Answer => {
    const allow = asObject(site.hidden?.['publishing'])[name] ?? true;
    const id = `${site.id}/basicPublishingCredentialsPolicies/${name}`;
    return { status: 200, body: { id, name, type: right, properties: { allow } } };
  };
  return [
    armOperation({
      route: `GET ${route}`,
      needs: `${right}/read`,
      answer: (call, world) => answer(siteOf(call, world)),
    }),
    armOperation({
      route: `PUT ${route}`,
      needs: `${right}/write`,
      answer: (call, world) => {
        const site = siteOf(call, world);
        const allow = asObject(asObject(call.body)['properties'])['allow'] !== false;
        const publishing = { ...asObject(site.hidden?.['publishing']), [name]: allow };
        site.hidden = { ...site.hidden, publishing };
        return answer(site);
      },
    }),
  ];
}
