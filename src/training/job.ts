import { createHash } from 'node:crypto';
import { apis } from '../azure/api-versions.ts';
import type { Arm } from '../azure/arm.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { RunContext } from '../toolbox/index.ts';
import { datastore } from './assets.ts';
import { commandOf, datasetFolder } from './job-command.ts';

/** A Command job as ARM tells it (Microsoft.MachineLearningServices, Jobs_Get). */
export interface Job {
  readonly id?: string;
  readonly name?: string;
  readonly properties?: {
    readonly status?: string;
    readonly experimentName?: string;
    readonly tags?: Readonly<Record<string, string>>;
    /** What AML and its run note on the job. */
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly services?: Readonly<Record<string, { readonly endpoint?: string } | undefined>>;
  };
}

/** The inputs that make a job what it is. */
export type Wanted = Pick<
  Settings,
  'model' | 'image' | 'dataset' | 'trainingArguments' | 'trainingHours'
>;

/**
 * The job's name: the same for the same training in the same attempt of the same run, so that it is
 * never made twice; another one for other inputs, such as those of a matrix.
 */
export function jobName(wanted: Wanted, { runId, runAttempt }: RunContext): string {
  const { model, image, dataset, trainingArguments, trainingHours } = wanted;
  const inputs = JSON.stringify([model, image, dataset, trainingArguments, trainingHours]);
  const hash = createHash('sha256').update(inputs).digest('hex').slice(0, 6);
  return `${model.toLowerCase()}-${runId}-${runAttempt}-${hash}`;
}

/** The body of the job (Jobs_CreateOrUpdate). Its limit is AML's own: it ends the job then. */
export function jobBody(
  name: string,
  environmentId: string,
  outputs: Outputs,
  wanted: Wanted,
): unknown {
  const { model, image, dataset, trainingHours } = wanted;
  const folder = dataset === '' ? datasetFolder(model) : dataset;
  const properties = {
    jobType: 'Command',
    experimentName: model.toLowerCase(),
    displayName: name,
    computeId: `${outputs.workspaceId}/computes/${outputs.computeClusterName}`,
    environmentId,
    command: commandOf(wanted),
    outputs: {
      dataset: {
        jobOutputType: 'uri_folder',
        mode: 'ReadWriteMount',
        uri: `azureml://datastores/${datastore}/paths/${folder}/`,
      },
    },
    environmentVariables: {
      MKL_SERVICE_FORCE_INTEL: '1',
      DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1',
    },
    resources: { instanceCount: 1, shmSize: '2g' },
    limits: { jobLimitsType: 'Command', timeout: `PT${trainingHours}H` },
    tags: { model_name: model, execution_mode: 'Train', image: image.slice(-12) },
  };
  return { properties };
}

/** Submits the job, or finds it where this attempt has submitted it before. */
export async function submitJob(
  path: string,
  body: unknown,
  arm: Arm,
): Promise<{ readonly job: Job; readonly isNew: boolean }> {
  const existing = await arm.get<Job>(path, apis.machineLearning);
  if (existing !== undefined) return { job: existing, isNew: false };
  return { job: await arm.put<Job>(path, apis.machineLearning, body), isNew: true };
}

/** Where a person can look at the job. */
export function studioLink(job: Job, name: string, outputs: Outputs): string {
  const endpoint = job.properties?.services?.['Studio']?.endpoint;
  if (endpoint?.startsWith('https://ml.azure.com/')) return endpoint;
  return `https://ml.azure.com/runs/${name}?${placeOf(outputs)}`;
}

/** Where a person can look at all jobs of a model. The form of the address is from memory. */
export function experimentLink(model: string, outputs: Outputs): string {
  return `https://ml.azure.com/experiments/${encodeURIComponent(model.toLowerCase())}?${placeOf(outputs)}`;
}

function placeOf({ workspaceId, tenantId }: Outputs): string {
  return `wsid=${workspaceId}&tid=${tenantId}`;
}
