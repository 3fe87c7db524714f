import { readFile } from 'node:fs/promises';
import { buildContractPackage } from '../../../local-azure/contract-app/index.ts';
import type { Operation } from '../../../local-azure/operation.ts';
import { operations as learning } from '../../../local-azure/operations/machine-learning/index.ts';
import { operations as workspaces } from '../../../local-azure/operations/machine-learning-workspace/index.ts';
import { operations as secrets } from '../../../local-azure/operations/key-vault-secrets/index.ts';
import { pollOperations } from '../../../local-azure/operations/resources/polls.ts';
import { subscriptionOperations } from '../../../local-azure/operations/resources/subscriptions.ts';
import { operations as webDeploy } from '../../../local-azure/operations/web-deploy/index.ts';
import type { World } from '../../../local-azure/world.ts';
import {
  account,
  allowData,
  app,
  change,
  closedNetwork,
  configure,
  subscription,
  vault,
  workspace,
} from '../inside/closed-network.ts';
import { deployAllowList } from '../inside/allow-list.ts';
import { asker, type Ask } from '../inside/requests.ts';
import { openInside, type Inside } from '../inside/services.ts';

/** Where the package lies, as the state's account would hold it. */
export const packageUri = 'https://state1.blob.core.windows.net/packages/app.zip?sig=abc';
export const passKey = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

/** A closed network with everything the contract app needs, and no app deployed yet. */
export interface Stage {
  readonly world: World;
  readonly inside: Inside;
  readonly ask: ReturnType<typeof asker>;
  /** Asks the app over its private endpoint. */
  app(line: string, ask?: Ask): ReturnType<ReturnType<typeof asker>>;
  /** Deploys a package and waits for the end of the deployment; gives its properties. */
  deploy(uri?: string): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** The eleven settings of InnerEye-Inference, as terraform sets them. */
export const appSettings: Record<string, string> = {
  CLUSTER: 'cluster',
  WORKSPACE_NAME: 'ws1',
  EXPERIMENT_NAME: 'main',
  RESOURCE_GROUP: 'net',
  SUBSCRIPTION_ID: subscription,
  TENANT_ID: '99999999-8888-7777-6666-555555555555',
  APPLICATION_ID: 'app-principal',
  DATASTORE_NAME: 'inferencetestimagestore',
  IMAGE_DATA_FOLDER: 'temp-image-store',
};
export const connectionStrings: Record<string, string> = {
  API_AUTH_SECRET: '@Microsoft.KeyVault(SecretUri=https://kv1.vault.azure.net/secrets/pass-key)',
  AZUREML_SERVICE_PRINCIPAL_SECRET: 'not-used',
};

function prepare(world: World): void {
  change(world, workspace, {
    discoveryUrl: 'https://westeurope.api.azureml.ms/discovery',
    storageAccount: account,
  });
  deployAllowList(world);
  const site = world.resources.get(app);
  if (site !== undefined) {
    site.identity = {
      type: 'SystemAssigned, UserAssigned',
      principalId: 'app-principal',
      userAssignedIdentities: {
        '/web-id': { principalId: 'app-principal', clientId: 'app-principal' },
      },
    };
  }
  configure(world, app, appSettings, connectionStrings);
  allowData(world, 'app-principal', vault, ['Microsoft.KeyVault/vaults/secrets/getSecret/action']);
  allowData(
    world,
    'app-principal',
    workspace,
    [],
    ['Microsoft.MachineLearningServices/workspaces/*'],
  );
}

/** Sets the stage; `before` may break something first. */
export async function setStage(before?: (world: World) => void): Promise<Stage> {
  const { world, remove } = await closedNetwork();
  prepare(world);
  const zip = await readFile(await buildContractPackage(world.folder));
  const store: Operation = {
    host: 'state1.blob.core.windows.net',
    route: 'GET /packages/app.zip',
    answer: (call) =>
      call.query.get('sig') === 'abc' ? { status: 200, body: zip } : { status: 403 },
  };
  const all = [
    ...learning,
    ...workspaces,
    ...secrets,
    ...subscriptionOperations,
    ...webDeploy,
    ...pollOperations,
    store,
  ];
  const ask = asker(world, all);
  await ask(`PUT ${vault}/secrets/pass-key`, { body: { properties: { value: passKey } } });
  before?.(world);
  const inside = await openInside(world, all);
  const deploy = async (uri = packageUri): Promise<Record<string, unknown>> => {
    const body = { properties: { packageUri: uri, type: 'zip' } };
    const { headers } = await ask(`PUT ${app}/extensions/onedeploy`, { body });
    const { pathname } = new URL(headers?.['Location'] ?? '');
    for (;;) {
      const answer = await ask(`GET ${pathname}`);
      if (answer.status !== 202) return answer.body['properties'];
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    world,
    inside,
    ask,
    deploy,
    app: (line, more) => ask(line, { host: 'app1.azurewebsites.net', vantage: 'inside', ...more }),
    close: async () => {
      await inside.close();
      await remove();
    },
  };
}
