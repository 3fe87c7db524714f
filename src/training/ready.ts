import { isIP } from 'node:net';
import { apis } from '../azure/api-versions.ts';
import type { Arm } from '../azure/arm.ts';
import { Problem } from '../errors.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Cluster } from './cluster.ts';
import { unfitness } from './cluster.ts';
import type { PinnedImage } from './image.ts';
import { guidOf } from './run-history.ts';

/** What must be there before anything is brought or made: workspace and cluster. Gives the workspace's guid. */
export async function readyToTrain(outputs: Outputs, arm: Arm): Promise<string> {
  const { workspaceId, workspaceName, computeClusterName } = outputs;
  const [workspace, cluster] = await Promise.all([
    arm.get(workspaceId, apis.machineLearning),
    arm.get<Cluster>(`${workspaceId}/computes/${computeClusterName}`, apis.machineLearning),
  ]);
  if (workspace === undefined) {
    throw new Problem(
      `There is no workspace ${workspaceName} to train in.`,
      'run deploy; its stage network makes the workspace, its stage compute the cluster.',
      { anchor: 'training' },
    );
  }
  if (cluster === undefined) {
    throw new Problem(
      `The workspace ${workspaceName} has no compute cluster ${computeClusterName} to train on.`,
      'run deploy with the stage compute, then train again.',
      { anchor: 'training' },
    );
  }
  const reason = unfitness(cluster);
  if (reason !== undefined) {
    throw new Problem(
      `The compute cluster ${computeClusterName} can take no job: ${reason}.`,
      'wait until a deploy that is under way has ended, or run deploy with the stage compute, then train again.',
      { anchor: 'training' },
    );
  }
  return guidOf(workspace);
}

/** Names that are never resolved in public (RFC 2606, RFC 6761, RFC 6762, RFC 8375; internal by ICANN, 2024). */
const privateName =
  /(^|\.)(localhost|local|internal|lan|home\.arpa|corp|intranet|test|invalid|example)$/i;

/** Refuses an image that the registry of the environment, which stands in Azure, has no way to fetch. */
export function mustBeImportable({ host }: PinnedImage, { registryLoginServer }: Outputs): void {
  if (host === registryLoginServer) return;
  const name = host.replace(/:\d+$/, '');
  const reason =
    isIP(name) !== 0
      ? 'an address instead of a name has no certificate that it would trust'
      : !name.includes('.') || privateName.test(name)
        ? 'that name is known in private networks only'
        : name !== host
          ? 'it fetches from port 443 only'
          : undefined;
  if (reason === undefined) return;
  throw new Problem(
    `The image cannot be brought from ${host}: the environment's registry fetches it from Azure, and ${reason}.`,
    `push the image to a registry that Azure reaches by its public name, such as a container registry of your own, and give that name in the input image.`,
    { anchor: 'image' },
  );
}
