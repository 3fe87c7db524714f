import { apis } from '../azure/api-versions.ts';
import type { TemplateDeployment } from '../azure/deployments.ts';
import { deployTemplate } from '../azure/deployments.ts';
import type { Difference } from '../azure/difference.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { accountDifferences, datastoreDifferences, tagDifferences } from './check.ts';
import { datastoreParameters, writeDatastore } from './datastore.ts';
import { keyRights, takeBackKeyRight, withKeyRight } from './key-right.ts';
import { placeOf } from './place.ts';
import { imagesDeployment, planOf } from './plan.ts';

/**
 * Makes the storage account for images on their way from the inference service to its jobs: private,
 * emptied after a day or two, with a datastore that has its key. Where ARM says that all is as the
 * templates would make it, nothing is deployed.
 */
export async function deployImages(
  outputs: Outputs,
  settings: Pick<Settings, 'environment'>,
  session: Session,
  tools: Toolbox,
  deploy: typeof deployTemplate = deployTemplate,
): Promise<{ readonly changed: boolean }> {
  const before = await planOf(outputs, settings, session, tools);
  const account = [
    ...(await accountDifferences(before, session)),
    ...(await tagDifferences(before, session)),
  ];
  if (account.length > 0) await deploy(session, imagesDeployment(before, tools), tools);
  // The account says only now when its key was made.
  const plan = account.length > 0 ? await planOf(outputs, settings, session, tools) : before;
  const given = datastoreParameters(plan, outputs);
  const datastore = await datastoreDifferences(plan, given, session);
  if (datastore.length > 0) {
    await withKeyRight(plan.place, session, tools, () =>
      writeDatastore(plan, given, session, tools, deploy),
    );
  } else if ((await keyRights(plan.place, session)).length > 0) {
    await takeBackKeyRight(plan.place, session);
  }
  const changed = account.length + datastore.length > 0;
  if (!changed) tools.log.info("Images' account: unchanged, nothing to deploy.");
  return { changed };
}

/** What a deploy would send, for a look at what it would change; without the datastore, whose key that look would need. */
export async function previewedImages(
  outputs: Outputs,
  settings: Pick<Settings, 'environment'>,
  session: Session,
  tools: Toolbox,
): Promise<TemplateDeployment> {
  return imagesDeployment(await planOf(outputs, settings, session, tools), tools);
}

/**
 * What ARM says of the images' account and datastore against what the templates would set; empty where
 * they agree. Where neither is there, no inference service was deployed, and nothing is missing.
 */
export async function checkImages(
  outputs: Outputs,
  settings: Pick<Settings, 'environment'>,
  session: Session,
  tools: Toolbox,
): Promise<readonly Difference[]> {
  const plan = await planOf(outputs, settings, session, tools);
  const account = await accountDifferences(plan, session);
  if (plan.account === undefined) {
    const datastore = await session.arm.get(plan.place.datastoreId, apis.machineLearning);
    return datastore === undefined ? [] : account;
  }
  const given = datastoreParameters(plan, outputs);
  return [
    ...account,
    ...(await datastoreDifferences(plan, given, session)),
    ...(await keyRights(plan.place, session)),
  ];
}

/**
 * Deletes endpoint and account, with all images in it: an endpoint keeps its subnet and its zone from
 * being destroyed. The datastore goes with its workspace. What is gone already is fine.
 */
export async function removeImages(
  outputs: Outputs,
  settings: Pick<Settings, 'environment'>,
  session: Session,
  tools: Pick<Toolbox, 'log'>,
): Promise<void> {
  const place = placeOf(outputs, settings);
  tools.log.info(`Deleting the images' account ${place.account} and its endpoint.`);
  await takeBackKeyRight(place, session);
  // A setting outlives its account in Azure, and would be in the way of the next one of this name.
  await session.arm.delete(place.diagnosticsId, apis.diagnostics);
  const wait = { what: `private endpoint ${place.endpoint} to go`, deadlineSeconds: 900 };
  await session.arm.delete(place.endpointId, apis.network, wait);
  await session.arm.delete(place.accountId, apis.storage);
}
