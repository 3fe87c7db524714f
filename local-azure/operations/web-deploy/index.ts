import { armOperation } from '../../arm/operation.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { siteOf } from '../web-site/configuration-operations.ts';
import { appOf, platformNote } from './app.ts';
import {
  listDeployments,
  oneDeploy,
  readDeployment,
  readDeploymentStatus,
  readOneDeploy,
} from './deployment.ts';
import { deploymentSite } from './deployment-site.ts';
import { answerSite, siteAt } from './front-end.ts';
import type { Reference } from './key-vault-references.ts';
import { environmentOf } from './environment.ts';
import { refreshApp, restartApp, stopApp } from './lifecycle.ts';
import { settingsOf } from './site-settings.ts';

const site =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web/sites/{site}';
const right = 'Microsoft.Web/sites';

/** How much of a log is given at once; App Service says "the last lines". */
const mostLog = 64_000;

type Verb = 'start' | 'stop' | 'restart';

async function power(verb: Verb, call: Call, world: World): Promise<Answer> {
  const found = siteOf(call, world);
  const app = appOf(world, found);
  platformNote(world, app, `${verb} was asked for.`);
  if (verb === 'stop') await stopApp(world, found);
  if (verb === 'start') app.stopped = false;
  if (verb !== 'restart') found.properties['state'] = verb === 'stop' ? 'Stopped' : 'Running';
  if (verb !== 'stop') await restartApp(world, found);
  return { status: 200 };
}

function shownReference(found: Reference): Record<string, unknown> {
  const { text, vaultName, secretName, secretVersion, status, details } = found;
  return {
    reference: text,
    status,
    vaultName,
    secretName,
    secretVersion,
    details,
    source: 'KeyVault',
  };
}

/** The references of a site, as they were at its last start; looked up now where it was never started. */
function references(call: Call, world: World, kind: 'appSettings' | 'connectionStrings'): Answer {
  const found = siteOf(call, world);
  const settings = settingsOf(found);
  const app = appOf(world, found);
  const known =
    app.startedWith === '' ? environmentOf(world, found, settings).references : app.references;
  const value = Object.entries(known)
    .filter(([name]) => name in settings[kind])
    .map(([name, reference]) => ({
      id: `${found.id}/config/configreferences/${kind.toLowerCase()}/${name}`,
      name,
      type: 'Microsoft.Web/sites/config/configreferences',
      properties: shownReference(reference),
    }));
  return { status: 200, body: { value } };
}

async function refresh(call: Call, world: World): Promise<Answer> {
  await refreshApp(world, siteOf(call, world));
  return references(call, world, 'appSettings');
}

/** The newest lines of platform and app; nothing where nothing was ever started. */
function containerLogs(call: Call, world: World): Answer {
  const { log } = appOf(world, siteOf(call, world));
  if (log === '') return { status: 204 };
  const headers = { 'content-type': 'application/octet-stream' };
  return { status: 200, headers, body: Buffer.from(log.slice(-mostLog)) };
}

const control: readonly Operation[] = [
  armOperation({
    route: `PUT ${site}/extensions/onedeploy`,
    needs: `${right}/extensions/write`,
    simplified: 'type zip with a packageUri; always a clean deployment and a restart',
    answer: oneDeploy,
  }),
  armOperation({
    route: `GET ${site}/extensions/onedeploy`,
    needs: `${right}/extensions/read`,
    answer: readOneDeploy,
  }),
  armOperation({
    route: `GET ${site}/deployments`,
    needs: `${right}/deployments/read`,
    answer: listDeployments,
  }),
  armOperation({
    route: `GET ${site}/deployments/{name}`,
    needs: `${right}/deployments/read`,
    answer: readDeployment,
  }),
  armOperation({
    route: `GET ${site}/deploymentStatus/{name}`,
    needs: `${right}/deploymentStatus/read`,
    answer: readDeploymentStatus,
  }),
  ...(['start', 'stop', 'restart'] as const).map((verb) =>
    armOperation({
      route: `POST ${site}/${verb}`,
      needs: `${right}/${verb}/action`,
      answer: (call, world) => power(verb, call, world),
    }),
  ),
  ...(['appSettings', 'connectionStrings'] as const).map((kind) =>
    armOperation({
      route: `GET ${site}/config/configreferences/${kind.toLowerCase()}`,
      needs: `${right}/config/read`,
      answer: (call, world) => references(call, world, kind),
    }),
  ),
  armOperation({
    route: `POST ${site}/config/configreferences/appsettings/refresh`,
    needs: `${right}/config/write`,
    answer: refresh,
  }),
  armOperation({
    route: `POST ${site}/containerlogs`,
    needs: `${right}/containerlogs/action`,
    simplified: 'the lines of the one process, in the words that App Service uses for them',
    answer: containerLogs,
  }),
];

/** Deployment, start and front end of web apps. */
export const operations: readonly Operation[] = [
  ...control,
  deploymentSite,
  {
    host: '*.azurewebsites.net',
    route: 'ANY /{rest...}',
    simplified: 'one instance; names of redirects and cookies are not rewritten',
    hostExists: (host, world) => siteAt(world, host) !== undefined,
    answer: answerSite,
  },
];
