import { apis } from '../azure/api-versions.ts';
import { deploymentName } from '../azure/deployments.ts';
import type { deployTemplate } from '../azure/deployments.ts';
import { AzureProblem, codeOf } from '../azure/explain.ts';
import type { Parameters } from '../azure/template.ts';
import { setIn } from '../azure/template.ts';
import { waitUntil } from '../azure/waiting.ts';
import { Problem } from '../errors.ts';
import type { Session } from '../login/session.ts';
import type { Secret } from '../secret.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { ImagesPlan } from './plan.ts';

/** What the template of the datastore is given. */
export function datastoreParameters(
  { place, account }: Pick<ImagesPlan, 'place' | 'account'>,
  { workspaceName }: Pick<Outputs, 'workspaceName'>,
): Parameters {
  const made = account?.properties?.['keyCreationTime'] as { readonly key1?: string } | undefined;
  return {
    workspaceName,
    datastoreName: place.datastore,
    accountName: place.account,
    containerName: place.container,
    keyMade: made?.key1 ?? '',
  };
}

/**
 * Makes the datastore with the account's key. By template, so that ARM itself hands the key over and
 * this step never sees it. A template cannot ask Machine Learning to leave out its own try of the
 * datastore, though (`skipValidation` is a parameter of the address), and where that try is made from
 * outside the network, it fails. Then the datastore is written directly: the key passes through the
 * memory of this step, hidden like every secret, and nowhere else.
 */
export async function writeDatastore(
  plan: ImagesPlan,
  given: Parameters,
  session: Session,
  tools: Toolbox,
  deploy: typeof deployTemplate,
): Promise<void> {
  const content = { template: plan.datastoreTemplate, parameters: given };
  const name = deploymentName('datastore', content, tools);
  const what = "images' datastore";
  try {
    await deploy(
      session,
      { ...content, group: plan.group, name, what, deadlineSeconds: 600 },
      tools,
    );
  } catch (error) {
    if (!(error instanceof AzureProblem)) throw error;
    tools.log.info(`Azure would not take the datastore from a template (${error.code}).`);
    await writeDirectly(plan, given, session, tools);
  }
}

async function writeDirectly(
  { place, datastoreTemplate }: ImagesPlan,
  given: Parameters,
  session: Session,
  tools: Toolbox,
): Promise<void> {
  const key = await keyOf(place.accountId, session, tools);
  const set = setIn(datastoreTemplate, () => true, ['properties'], given) as object;
  const [, , subscriptionId, , resourceGroup] = place.accountId.split('/');
  const properties = {
    ...set,
    endpoint: 'core.windows.net',
    ...{ subscriptionId, resourceGroup },
    credentials: {
      credentialsType: 'AccountKey',
      secrets: { secretsType: 'AccountKey', key: key.reveal() },
    },
  };
  const path = `${place.datastoreId}?skipValidation=true`;
  await session.arm.put(path, apis.machineLearning, { properties });
  tools.log.info('The datastore was written directly; its key was hidden on the way.');
}

/** The account's first key. The right to it may be younger than some of Azure's machines know. */
async function keyOf(accountId: string, { arm }: Session, tools: Toolbox): Promise<Secret> {
  const answer = await waitUntil(
    "The key of the images' account",
    async () => {
      try {
        const path = `${accountId}/listKeys`;
        return await arm.post<{ readonly keys?: readonly Key[] }>(path, apis.storage);
      } catch (error) {
        if (codeOf(error) === 'AuthorizationFailed') return undefined;
        throw error;
      }
    },
    300,
    tools,
  );
  const value = answer.keys?.[0]?.value;
  if (value === undefined) {
    throw new Problem(
      `The storage account ${accountId.split('/').at(-1) ?? ''} has no key.`,
      'allow shared keys on it (the inference service can use nothing else), and run deploy again.',
      { anchor: 'images' },
    );
  }
  return tools.runner.secret(value);
}

interface Key {
  readonly value?: string;
}
