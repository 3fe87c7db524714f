import type { Arm } from '../azure/arm.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { RunContext } from '../toolbox/index.ts';
import { datastore, machineLearningApi } from './assets.ts';

/** A Command job as ARM tells it (Microsoft.MachineLearningServices, Jobs_Get). */
export interface Job {
  readonly id?: string;
  readonly name?: string;
  readonly properties?: {
    readonly status?: string;
    readonly tags?: Readonly<Record<string, string>>;
    readonly services?: Readonly<Record<string, { readonly endpoint?: string } | undefined>>;
  };
}

/** The job's name: the same for the same attempt of the same run, so that it is never made twice. */
export function jobName(model: string, { runId, runAttempt }: RunContext): string {
  return `${model.toLowerCase()}-${runId}-${runAttempt}`;
}

/** Folder of a model's data in the datastore: HelloWorld's is hello_world. */
export function datasetFolder(model: string): string {
  return model.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
}

/**
 * What runs on the cluster. The image holds the code under /opt/innereye and data under
 * /opt/innereye-data; the code must be the working folder, because InnerEye registers the model
 * relative to it. The first run fills the datastore from the image. Data are read from a local copy:
 * a file just written to a mount is not sure to be readable there.
 */
function commandOf(model: string): string {
  const folder = datasetFolder(model);
  return [
    'set -e',
    'store="${{outputs.dataset}}"',
    'data="$(mktemp -d)"',
    'cp -r /opt/innereye/. .',
    `if [ -f "$store/dataset.csv" ]; then cp -r "$store/." "$data/"; ` +
      `elif [ -d /opt/innereye-data/${folder} ]; then ` +
      `cp -r /opt/innereye-data/${folder}/. "$data/"; cp -r "$data/." "$store/"; ` +
      `else echo "There is no ${folder}/dataset.csv in the datastore, and none in the image." >&2; exit 3; fi`,
    `python InnerEye/ML/runner.py --model=${model} --azure_dataset_id= --local_dataset="$data" --experiment_name=${model.toLowerCase()}`,
  ].join('\n');
}

/** Submits the job, or finds it where this attempt has submitted it before. */
export async function submitJob(
  name: string,
  environmentId: string,
  outputs: Outputs,
  { model, image }: Pick<Settings, 'model' | 'image'>,
  arm: Arm,
): Promise<Job> {
  const path = `${outputs.workspaceId}/jobs/${name}`;
  const existing = await arm.get<Job>(path, machineLearningApi);
  if (existing !== undefined) return existing;
  const properties = {
    jobType: 'Command',
    experimentName: model.toLowerCase(),
    displayName: name,
    computeId: `${outputs.workspaceId}/computes/${outputs.computeClusterName}`,
    environmentId,
    command: commandOf(model),
    outputs: {
      dataset: {
        jobOutputType: 'uri_folder',
        mode: 'ReadWriteMount',
        uri: `azureml://datastores/${datastore}/paths/${datasetFolder(model)}/`,
      },
    },
    environmentVariables: {
      MKL_SERVICE_FORCE_INTEL: '1',
      DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1',
    },
    resources: { instanceCount: 1, shmSize: '2g' },
    limits: { jobLimitsType: 'Command', timeout: 'PT1H' },
    tags: { model_name: model, execution_mode: 'Train', image: image.slice(-12) },
  };
  return arm.put<Job>(path, machineLearningApi, { properties });
}

/** Where a person can look at the job. */
export function studioLink(job: Job, name: string, outputs: Outputs): string {
  const endpoint = job.properties?.services?.['Studio']?.endpoint;
  if (endpoint?.startsWith('https://ml.azure.com/')) return endpoint;
  return `https://ml.azure.com/runs/${name}?wsid=${outputs.workspaceId}&tid=${outputs.tenantId}`;
}
