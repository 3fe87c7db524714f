import { createHash } from 'node:crypto';
import { shippedTemplates, shippedText } from '../azure/template.ts';
import type { Settings } from '../inputs/schema.ts';
import { recipeDigest } from '../packaging/index.ts';
import type { State } from '../state/index.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Fingerprint } from './fingerprint.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Terraform } from './index.ts';
import type { Plan } from './plan-file.ts';

/** The fingerprint of a plan as it stands now, with everything it depends on. */
export async function fingerprintNow(
  plan: Plan,
  terraform: Pick<Terraform, 'material'>,
  settings: Settings,
  state: State | undefined,
  tools: Pick<Toolbox, 'files'>,
): Promise<Fingerprint> {
  const { configuration, providerLock, variables } = await terraform.material();
  const zip = settings.inferencePackage
    ? await tools.files.readBytes(settings.inferencePackage)
    : undefined;
  return fingerprintOf({
    plan,
    configuration,
    providerLock,
    variables: `${variables}\ninstance-user = ${settings.instanceUser}\n`,
    armTemplates: await templates(tools),
    inferencePackage: zip
      ? createHash('sha256').update(zip).digest('hex')
      : await recipeDigest(settings, tools.files),
    lineage: await lineageOf(state),
  });
}

async function templates({
  files,
}: Pick<Toolbox, 'files'>): Promise<Readonly<Record<string, string>>> {
  const texts = await Promise.all(
    shippedTemplates.map(async (name) => [name, await shippedText(name, files)] as const),
  );
  return Object.fromEntries(texts);
}

/**
 * The lineage of the stored state; empty before the first deploy. Terraform's lock leaves a state
 * without resources behind, also where nothing was ever applied: that is no deploy.
 */
async function lineageOf(state: State | undefined): Promise<string> {
  const text = (await state?.blobs.read(state.backend.key))?.toString() ?? '';
  if (text === '') return '';
  const { lineage = '', resources = [] } = JSON.parse(text) as {
    readonly lineage?: string;
    readonly resources?: readonly unknown[];
  };
  return resources.length === 0 ? '' : lineage;
}
