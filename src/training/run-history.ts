import type { Look, Vantage } from '../network/vantage.ts';
import type { Outputs } from '../terraform/outputs.ts';

/** Addresses of what the workspace's own services know of a run; they answer inside the network only. */
export interface RunHistory {
  /** Details of the run, with addresses of its log files. Each of those expires, so they are asked for anew. */
  readonly details: string;
  /** The run itself, with the error it ended by. */
  readonly run: string;
  /** An artifact of the run: JSON whose `contentUri` is its address. */
  artifact(path: string): string;
}

/** Where the log of a command job lies among its files (azureml's common runtime). */
export const STD_LOG = 'user_logs/std_log.txt';

/** Resource for which run history takes tokens. */
export const AUDIENCE = 'https://management.azure.com';

/** The addresses for a run; the host carries the workspace's own guid. */
export function runHistory(
  run: string,
  guid: string,
  { location, workspaceId }: Pick<Outputs, 'location' | 'workspaceId'>,
): RunHistory {
  const host = `https://${guid}.workspace.${location}.api.azureml.ms`;
  const runs = `${host}/history/v1.0${workspaceId}/runs/${run}`;
  const artifacts = `${host}/artifact/v2.0${workspaceId}/artifacts/contentinfo/ExperimentRun/dcid.${run}`;
  return {
    details: `${runs}/details?api-version=v1.0`,
    run: `${runs}?api-version=v1.0`,
    artifact: (path) => `${artifacts}/${path.split('/').map(encodeURIComponent).join('/')}`,
  };
}

/** The guid of a workspace, as ARM tells it. */
export function guidOf(workspace: {
  readonly properties?: Readonly<Record<string, unknown>>;
}): string {
  const guid = workspace.properties?.['workspaceId'];
  if (typeof guid === 'string' && /^[0-9a-f-]{36}$/i.test(guid)) return guid;
  throw new Error('ARM does not say the id of the workspace.');
}

/** Bytes of one piece, before it is compressed. */
const PIECE_BYTES = 262_144;
/** Pieces of a whole body at most; each is a run command of some thirty seconds. */
const MOST_PIECES = 8;

/**
 * A whole body from the vantage point, piece by piece; throws where there is none, or where it is too
 * long. It must not change meanwhile.
 */
export async function wholeBody(
  look: Pick<Look, 'name' | 'url' | 'linked'>,
  vantage: Vantage,
): Promise<string> {
  const pieces: Buffer[] = [];
  let from = 0;
  for (let count = 0; count < MOST_PIECES; count += 1) {
    const piece = await pieceOf({ ...look, slice: { from, most: PIECE_BYTES } }, vantage);
    pieces.push(piece.bytes);
    from += piece.bytes.length;
    if (from >= piece.size) return Buffer.concat(pieces).toString();
    if (piece.bytes.length === 0) break;
  }
  throw new Error(`it is longer than ${from} bytes`);
}

/** One piece of a body; throws where the answer is none. */
export async function pieceOf(
  look: Pick<Look, 'name' | 'url' | 'linked' | 'slice'>,
  vantage: Vantage,
): Promise<{ readonly bytes: Buffer; readonly size: number }> {
  const [sight] = await vantage.look([{ ...look, method: 'GET', bearer: AUDIENCE }]);
  if (sight?.status === 200 && sight.slice !== undefined) return sight.slice;
  throw new Error(sight?.failure?.text ?? `status ${sight?.status ?? 'unknown'}`);
}
