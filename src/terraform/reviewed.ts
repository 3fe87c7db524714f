import { createHash } from 'node:crypto';
import { readShipped, shippedTemplates } from '../azure/template.ts';
import type { Settings } from '../inputs/schema.ts';
import { recipeDigest } from '../packaging/index.ts';
import type { State } from '../state/index.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Fingerprint } from './fingerprint.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Terraform } from './index.ts';
import type { Plan } from './plan-file.ts';

/**
 * The fingerprint of a plan as it stands now, with everything it depends on. How a file is written
 * does not count: variables and templates are told by their values, and of the rest the ends of lines
 * and a byte order mark are passed over, which git and editors change on their own.
 */
export async function fingerprintNow(
  plan: Plan,
  terraform: Pick<Terraform, 'material'>,
  settings: Settings,
  state: State | undefined,
  tools: Pick<Toolbox, 'files'>,
): Promise<Fingerprint> {
  const { configuration, providerLock } = await terraform.material();
  const zip = settings.inferencePackage
    ? await tools.files.readBytes(settings.inferencePackage)
    : undefined;
  return fingerprintOf({
    plan,
    configuration: Object.fromEntries(
      Object.entries(configuration).map(([path, text]) => [path, plainly(text)]),
    ),
    providerLock: lockedIn(providerLock),
    variables: JSON.stringify([Object.entries(plan.variables).toSorted(), settings.instanceUser]),
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
    shippedTemplates.map(
      async (name) => [name, JSON.stringify(await readShipped(name, files))] as const,
    ),
  );
  return Object.fromEntries(texts);
}

/** A text with its lines ended as on Linux, without a byte order mark. */
function plainly(text: string): string {
  return text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
}

/** What a provider lock locks: Terraform's own remark at its head differs from version to version. */
function lockedIn(lock: string): string {
  const lines = plainly(lock)
    .split('\n')
    .map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).join('\n');
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
