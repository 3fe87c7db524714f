import { apis } from '../azure/api-versions.ts';
import type { Arm, Resource } from '../azure/arm.ts';
import { Problem } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Outputs } from '../terraform/outputs.ts';

/** One version of a registered model. */
export interface ModelVersion {
  readonly name: string;
  readonly version: string;
}

type Asked = Pick<Settings, 'model' | 'modelVersion'>;

/**
 * The model version to send an image through: the one that was asked for, else the newest that is
 * registered and not archived. Throws a Problem where there is none.
 */
export async function modelToAsk(
  { model: name, modelVersion }: Asked,
  { workspaceId }: Pick<Outputs, 'workspaceId'>,
  arm: Arm,
): Promise<ModelVersion> {
  if (modelVersion !== '') return { name, version: modelVersion };
  const path = `${workspaceId}/models/${name}`;
  const known = await arm.get(path, apis.machineLearning);
  const versions =
    known === undefined ? [] : await arm.list(`${path}/versions`, apis.machineLearning);
  const newest = Math.max(0, ...versions.filter(isActive).map(numberOf));
  if (newest > 0) return { name, version: String(newest) };
  throw new Problem(
    `The workspace has no registered version of the model ${name}, so there is nothing to send an image through.`,
    'run train first, or ask only for what costs nothing: smoke-level contract.',
    { anchor: 'smoke' },
  );
}

function isActive({ properties }: Resource): boolean {
  return properties?.['isArchived'] !== true;
}

/** Versions of models that InnerEye registers are numbers that count up; any other text counts as none. */
function numberOf({ name }: Resource): number {
  return /^[1-9]\d{0,8}$/.test(name) ? Number(name) : 0;
}
