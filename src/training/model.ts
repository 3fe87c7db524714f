import type { Arm } from '../azure/arm.ts';
import { Problem } from '../errors.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { machineLearningApi } from './assets.ts';
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

/**
 * The model that the job registered: its number is read from the job's own tag, never assumed, and
 * then compared with what the workspace has.
 */
export async function registeredModel(
  job: Job,
  wanted: string,
  environmentName: string,
  outputs: Outputs,
  arm: Arm,
): Promise<RegisteredModel> {
  const id = job.properties?.tags?.['model_id'] ?? '';
  const [, name, version] = /^([\w-]+):([1-9]\d*)$/.exec(id) ?? [];
  if (name !== wanted || version === undefined) {
    throw new Problem(
      `The job completed but names no model ${wanted} of its own (tag model_id: ${JSON.stringify(id)}).`,
      "look for the registration in the job's log; the image may hold another version of InnerEye than expected.",
      { anchor: 'training' },
    );
  }
  const path = `${outputs.workspaceId}/models/${name}/versions/${version}`;
  const model = await arm.get<ModelVersion>(path, machineLearningApi);
  const tag = model?.properties?.tags?.[ENVIRONMENT_TAG];
  if (tag !== environmentName) {
    throw new Problem(
      model === undefined
        ? `The job says that it registered ${id}, but the workspace has no such model.`
        : `The model ${id} has the tag ${ENVIRONMENT_TAG} as ${JSON.stringify(tag ?? 'none')}; the inference service needs ${environmentName}.`,
      'train again; a model without that tag cannot be served.',
      { anchor: 'training' },
    );
  }
  return { name, version };
}
