import { randomBytes } from 'node:crypto';
import { AzureRefusal, type Azure } from './azure.ts';
import { lookAtImage, type Image } from './image.ts';
import type { Settings } from './settings.ts';
import { structureSet, zipOf } from './structure-set.ts';

/** What a run has come to. */
export type Outcome =
  | { readonly kind: 'pending' }
  | { readonly kind: 'segmentation'; readonly zip: Uint8Array }
  | { readonly kind: 'bad-zip' | 'failed' | 'cancelled' | 'unknown' };

type Json = Readonly<Record<string, unknown>>;

/** Runs that go on; the rest of the states have ended. */
const goingOn = new Set([
  'NotStarted',
  'Queued',
  'Preparing',
  'Provisioning',
  'Starting',
  'Running',
  'Unapproved',
  'NotResponding',
  'Pausing',
  'Paused',
  'CancelRequested',
  'Finalizing',
]);

/** The model's tags, or undefined where there is no such model version. */
async function modelTags(azure: Azure, id: string): Promise<Json | undefined> {
  try {
    const model = await azure.workspace('modelmanagement', `/models/${encodeURIComponent(id)}`);
    return (model['kvTags'] ?? {}) as Json;
  } catch (error) {
    if (error instanceof AzureRefusal && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * Starts scoring an image with a model and gives the run's id; undefined where there is no such
 * model. Throws where anything else that a run needs is missing.
 */
export async function startScoring(
  azure: Azure,
  settings: Settings,
  model: string,
  image: Buffer,
): Promise<string | undefined> {
  const tags = await modelTags(azure, model);
  if (tags === undefined) return undefined;
  const environment = tags['python_environment_name'];
  if (typeof environment !== 'string') throw new Error(`${model} has no python_environment_name`);
  const environmentId = `${azure.workspaceId}/environments/${environment}/versions/1`;
  const computeId = `${azure.workspaceId}/computes/${settings.cluster}`;
  await azure.arm('GET', environmentId);
  await azure.arm('GET', computeId);
  await keyOf(azure, settings.datastoreName);
  const seconds = Math.floor(Date.now() / 1000);
  const runId = `${settings.experimentName}_${seconds}_${randomBytes(4).toString('hex')}`;
  await azure.arm('PUT', `${azure.workspaceId}/jobs/${runId}`, {
    properties: jobOf({ model, environmentId, computeId, image: lookAtImage(image), settings }),
  });
  return runId;
}

/** The original writes images with the datastore's account key or SAS, and fails without one. */
async function keyOf(azure: Azure, datastore: string): Promise<string> {
  const secrets = await azure.arm(
    'POST',
    `${azure.workspaceId}/datastores/${datastore}/listSecrets`,
  );
  const key = secrets['key'] ?? secrets['sasToken'];
  if (typeof key !== 'string') throw new Error(`the datastore ${datastore} has no key`);
  return key;
}

function jobOf(of: {
  readonly model: string;
  readonly environmentId: string;
  readonly computeId: string;
  readonly image: Image;
  readonly settings: Settings;
}): Json {
  const literal = (value: string): Json => ({ jobInputType: 'literal', value });
  return {
    jobType: 'Command',
    experimentName: of.settings.experimentName,
    displayName: `score ${of.model}`,
    computeId: of.computeId,
    environmentId: of.environmentId,
    command: `python download_model_and_run_scoring.py --model_id ${of.model} --script_name score.py`,
    inputs: {
      model_id: literal(of.model),
      // Nothing is uploaded here; the recorded run looks at this instead of at the image.
      image_is_zip: literal(String(of.image.isZip)),
      ...(of.image.series === undefined
        ? {}
        : { image_series: literal(JSON.stringify(of.image.series)) }),
    },
    limits: { jobLimitsType: 'Command', timeout: 'PT12H' },
    tags: { model_id: of.model },
  };
}

/** What has become of a run. */
export async function outcomeOf(azure: Azure, runId: string): Promise<Outcome> {
  const run = await runOf(azure, runId);
  if (run === undefined) return { kind: 'unknown' };
  const status = String(run['status']);
  if (goingOn.has(status)) return { kind: 'pending' };
  if (status === 'Canceled') return { kind: 'cancelled' };
  if (status === 'Completed') return segmentation(azure, run, runId);
  return {
    kind: (await logOf(azure, runId)).includes('zipfile.BadZipFile') ? 'bad-zip' : 'failed',
  };
}

async function runOf(azure: Azure, runId: string): Promise<Json | undefined> {
  try {
    return await azure.workspace('history', `/runs/${encodeURIComponent(runId)}`);
  } catch (error) {
    if (error instanceof AzureRefusal && error.status === 404) return undefined;
    throw error;
  }
}

async function logOf(azure: Azure, runId: string): Promise<string> {
  const details = await azure.workspace('history', `/runs/${encodeURIComponent(runId)}/details`);
  const url = ((details['logFiles'] ?? {}) as Json)['user_logs/std_log.txt'];
  return typeof url === 'string' ? azure.text(url) : '';
}

/** A zip in which there was no image is what the original's converter fails over. */
async function segmentation(azure: Azure, run: Json, runId: string): Promise<Outcome> {
  const model = ((run['tags'] ?? {}) as Json)['model_id'];
  const { properties } = await azure.arm('GET', `${azure.workspaceId}/jobs/${runId}`);
  const inputs = ((properties ?? {}) as Json)['inputs'] as Json | undefined;
  const { value } = (inputs?.['image_series'] ?? {}) as Json;
  if (typeof value !== 'string' || typeof model !== 'string') return { kind: 'failed' };
  const series = JSON.parse(value) as NonNullable<Image['series']>;
  return { kind: 'segmentation', zip: zipOf('segmentation.dcm', structureSet(model, series)) };
}
