import { apis } from '../azure/api-versions.ts';
import type { Arm } from '../azure/arm.ts';
import type { Session } from '../login/session.ts';
import { Problem } from '../errors.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { registryOf } from '../terraform/resource-ids.ts';
import type { Toolbox } from '../toolbox/index.ts';

/** A container image pinned by digest, taken apart. */
export interface PinnedImage {
  readonly host: string;
  readonly name: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
}

/** Takes the input `image` apart; throws a Problem where none was given. */
export function pinnedImage(image: string): PinnedImage {
  const match = /^([^/]+)\/(.+)@(sha256:[0-9a-f]{64})$/.exec(image);
  if (match === null) {
    throw new Problem(
      'No container image to train with was given, and none is published.',
      'build one into a container registry of your own (docs/troubleshooting.md, section image, says how), and give its name with the digest in the input image.',
      { anchor: 'image' },
    );
  }
  const [, host = '', name = '', digest = ''] = match;
  return { host, name, digest };
}

/** The image's name in the environment's own registry. */
export function imageInRegistry(image: PinnedImage, outputs: Outputs): string {
  const name = image.host === outputs.registryLoginServer ? image.name : 'innereye';
  return `${outputs.registryLoginServer}/${name}@${image.digest}`;
}

/**
 * Brings the image into the private registry, by ARM: the registry fetches it itself, by digest, so
 * that nothing is uploaded and no door is opened. Can be repeated.
 */
export async function importImage(
  image: PinnedImage,
  outputs: Outputs,
  session: Session,
  { log }: Pick<Toolbox, 'log'>,
): Promise<void> {
  if (image.host === outputs.registryLoginServer) return;
  log.info(`Bringing ${image.host}/${image.name} into ${outputs.registryName}.`);
  const body = {
    source: {
      ...(await sourceOf(image, outputs, session.arm)),
      sourceImage: `${image.name}@${image.digest}`,
    },
    targetTags: [`innereye:${image.digest.slice('sha256:'.length, 'sha256:'.length + 12)}`],
    mode: 'Force',
  };
  const wait = { what: 'the registry to take the image', deadlineSeconds: 3600 };
  await session.arm.post(`${registryOf(outputs)}/importImage`, apis.registry, body, wait);
}

/**
 * Where the image is fetched: an Azure container registry of the same subscription by its id, so that
 * Azure asks for this login's own rights on it; any other one by name, which works where the image is
 * public (learn.microsoft.com, "Import container images to a container registry").
 */
async function sourceOf(
  { host }: PinnedImage,
  { subscriptionId }: Outputs,
  arm: Arm,
): Promise<{ readonly resourceId: string } | { readonly registryUri: string }> {
  if (!/^[a-z0-9]+\.azurecr\.io$/.test(host)) return { registryUri: host };
  const registries = await arm.list(
    `/subscriptions/${subscriptionId}/providers/Microsoft.ContainerRegistry/registries`,
    apis.registry,
  );
  const own = registries.find(({ properties }) => properties?.['loginServer'] === host);
  return own === undefined ? { registryUri: host } : { resourceId: own.id };
}
