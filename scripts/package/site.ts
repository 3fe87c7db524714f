import { readFile } from 'node:fs/promises';
import type { Operation } from '../../local-azure/operation.ts';
import { operations as learning } from '../../local-azure/operations/machine-learning/index.ts';
import { operations as workspaces } from '../../local-azure/operations/machine-learning-workspace/index.ts';
import { identityHeaders } from '../../local-azure/operations/instance-metadata/app-identity.ts';
import { operations as secrets } from '../../local-azure/operations/key-vault-secrets/index.ts';
import { pollOperations } from '../../local-azure/operations/resources/polls.ts';
import { subscriptionOperations } from '../../local-azure/operations/resources/subscriptions.ts';
import { operations as webDeploy } from '../../local-azure/operations/web-deploy/index.ts';
import {
  appSettings,
  connectionStrings,
  packageUri,
  passKey,
} from '../../__tests__/local-azure/contract-app/deployed-app.ts';
import {
  account,
  allowData,
  app,
  change,
  closedNetwork,
  configure,
  vault,
  workspace,
  workspaceGuid,
} from '../../__tests__/local-azure/inside/closed-network.ts';
import { deployAllowList } from '../../__tests__/local-azure/inside/allow-list.ts';
import { asker } from '../../__tests__/local-azure/inside/requests.ts';
import { openInside } from '../../__tests__/local-azure/inside/services.ts';
import { workspaceAnswers } from './workspace-answers.ts';

/** An answer of the app, asked over its private endpoint. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly allow: string;
}

/** A web app of Local Azure in its closed network, which runs the package as App Service would. */
export interface Site {
  ask(line: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** Asks until the app itself answers, or it is clear that it will not. */
  started(): Promise<boolean>;
  log(): Promise<string>;
  /** What the platform gives the app to prove itself at the identity endpoint. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

export interface SiteOptions {
  readonly zip: string;
  readonly command: string;
  /** Whether the web app's identity may read the workspace. */
  readonly mayRead?: boolean;
}

/** The web app's identity. */
const principal = 'app-principal';

/** Deploys a package by one-deploy, through the app's own subnet, and starts it. */
export async function openSite(options: SiteOptions): Promise<Site> {
  const { world, remove } = await closedNetwork();
  const zip = await readFile(options.zip);
  const store: Operation = {
    host: 'state1.blob.core.windows.net',
    route: 'GET /packages/app.zip',
    answer: () => ({ status: 200, body: zip }),
  };
  const all = [
    ...[...workspaceAnswers, ...learning, ...workspaces, ...secrets],
    ...[...subscriptionOperations, ...webDeploy, ...pollOperations, store],
  ];
  prepare(world, options);
  const ask = asker(world, all);
  await ask(`PUT ${vault}/secrets/pass-key`, { body: { properties: { value: passKey } } });
  const inside = await openInside(world, all);
  const deployment = { properties: { packageUri, type: 'zip' } };
  const { headers } = await ask(`PUT ${app}/extensions/onedeploy`, { body: deployment });
  const { pathname } = new URL(headers?.['Location'] ?? '');
  while ((await ask(`GET ${pathname}`)).status === 202) await pause();
  const site: Site['ask'] = async (line, given = {}) => {
    const rawBody = Buffer.from(line.startsWith('POST') ? 'not a zip' : '');
    const more = {
      host: 'app1.azurewebsites.net',
      vantage: 'inside',
      headers: given,
      rawBody,
    } as const;
    const answer = await ask(line, more);
    const { 'content-type': type = '', allow: methods = '' } = answer.headers ?? {};
    const allow = methods.split(', ').sort().join(', '); // the order differs from start to start
    return { status: answer.status, type, allow, body: String(answer.body) };
  };
  return {
    ask: site,
    started: async () => (await site('GET /')).status === 200,
    log: async () => String((await ask(`POST ${app}/containerlogs`)).body),
    secrets: [...identityHeaders(world).values()],
    close: async () => {
      await inside.close();
      await remove();
    },
  };
}

type World = Awaited<ReturnType<typeof closedNetwork>>['world'];

function prepare(world: World, { command, mayRead = true }: SiteOptions): void {
  change(world, workspace, {
    discoveryUrl: `https://${workspaceGuid}.workspace.westeurope.api.azureml.ms/discovery`,
    storageAccount: account,
  });
  deployAllowList(world);
  const site = world.resources.get(app);
  if (site === undefined) throw new Error('no web app');
  site.identity = {
    type: 'UserAssigned',
    userAssignedIdentities: { '/web-id': { principalId: principal, clientId: principal } },
  };
  change(world, app, {
    keyVaultReferenceIdentity: '/web-id',
    siteConfig: {
      vnetRouteAllEnabled: true,
      linuxFxVersion: 'PYTHON|3.12',
      appCommandLine: command,
    },
  });
  configure(world, app, appSettings, connectionStrings);
  allowData(world, principal, vault, ['Microsoft.KeyVault/vaults/secrets/getSecret/action']);
  const every = ['Microsoft.MachineLearningServices/workspaces/*'];
  if (mayRead) allowData(world, principal, workspace, [], every);
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

export { passKey };
