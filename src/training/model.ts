import { apis } from '../azure/api-versions.ts';
import type { Arm } from '../azure/arm.ts';
import { Problem } from '../errors.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Job } from './job.ts';

/** A model that a run has registered. */
export interface RegisteredModel {
  readonly name: string;
  readonly version: string;
}

interface ModelVersion {
  readonly properties?: { readonly tags?: Readonly<Record<string, string>> };
}

/** Tag without which the inference service cannot serve the model (InnerEye-Inference, submit). */
const ENVIRONMENT_TAG = 'python_environment_name';

/** The model that a job's own tag names, or undefined. The number is never assumed. */
export function modelNamedBy(job: Job): RegisteredModel | undefined {
  const id = job.properties?.tags?.['model_id'] ?? '';
  const [, name, version] = /^([\w-]{1,100}):([1-9]\d{0,8})$/.exec(id) ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
}

/** The model that the job registered: as its tag says, and as the workspace has it. */
export async function registeredModel(
  job: Job,
  wanted: string,
  environmentName: string,
  outputs: Outputs,
  arm: Arm,
): Promise<RegisteredModel> {
  const named = modelNamedBy(job);
  if (named?.name !== wanted) {
    const id = JSON.stringify((job.properties?.tags?.['model_id'] ?? '').slice(0, 120));
    throw new Problem(
      `The job completed but names no model ${wanted} of its own (tag model_id: ${id}).`,
      "look for the registration in the job's log; the image may hold another version of InnerEye than expected.",
      { anchor: 'training' },
    );
  }
  const path = `${outputs.workspaceId}/models/${named.name}/versions/${named.version}`;
  const model = await arm.get<ModelVersion>(path, apis.machineLearning);
  const tag = model?.properties?.tags?.[ENVIRONMENT_TAG];
  if (tag === environmentName) return named;
  const id = `${named.name}:${named.version}`;
  throw new Problem(
    model === undefined
      ? `The job says that it registered ${id}, but the workspace has no such model.`
      : `The model ${id} has the tag ${ENVIRONMENT_TAG} as ${JSON.stringify(tag ?? 'none')}; the inference service needs ${environmentName}.`,
    'train again; a model without that tag cannot be served.',
    { anchor: 'training' },
  );
}
