import { createHash } from 'node:crypto';
import { sendThrough, type ProxiedAnswer } from '../../local-azure/entrance/client.ts';
import { unzipped } from '../../local-azure/secrets/unzip.ts';
import type { Scene, Theatre } from './theatre.ts';

/** An artifact as GitHub's REST API tells of it. */
interface Listed {
  readonly name: string;
  readonly digest: string;
  readonly archive_download_url: string;
}

/** What was kept of a run: the archive's digest as GitHub has it and as its bytes have it, and its files. */
export interface Archive {
  readonly name: string;
  readonly digest: string;
  readonly found: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

/** Reads the newest artifact of this name back, as somebody would who has a token: list, address, bytes. */
export async function readKept(
  { azure, repository }: Theatre,
  runId: string,
  name: string,
): Promise<Archive | undefined> {
  const authorization = `Bearer ${azure.environment['GITHUB_TOKEN'] ?? ''}`;
  const ask = (url: string): Promise<ProxiedAnswer> =>
    sendThrough(azure, { url, headers: { authorization } });
  const api = `https://api.github.com/repos/${repository}`;
  const list = await ask(`${api}/actions/runs/${runId}/artifacts?name=${name}`);
  const [newest] = list.json<{ artifacts?: Listed[] }>().artifacts ?? [];
  if (newest === undefined) return undefined;
  const { headers } = await ask(newest.archive_download_url);
  // Only the address opens it: the token is for the API.
  const { bytes } = await sendThrough(azure, { url: headers.location ?? '' });
  return {
    ...{ name: newest.name, digest: newest.digest },
    found: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    files: unzipped(bytes).map((file) => ({ name: file.name, text: file.bytes.toString() })),
  };
}

/** Reads an artifact back, and claims that it is what the job sent: the job's log has the digest of that. */
export async function claimSame(
  theatre: Theatre,
  run: Scene,
  artifact: string,
): Promise<Archive | undefined> {
  const archive = await readKept(theatre, run.runId, artifact);
  const sent = archive && run.log.some((line) => line.endsWith(archive.found.slice(7)));
  const isSame = sent === true && archive.digest === archive.found;
  theatre.ledger.claim(
    `the artifact ${artifact} is, byte for byte, what the job sent`,
    isSame,
    archive && { ...archive, files: archive.files.map(({ name }) => name) },
  );
  return archive;
}

/** Evidence that was kept: the artifact, and the name of the evidence in it. */
export async function claimKept(
  theatre: Theatre,
  run: Scene,
  ...kept: [artifact: string, evidence: string][]
): Promise<void> {
  for (const [artifact, evidence] of kept) {
    const [file] = (await claimSame(theatre, run, artifact))?.files ?? [];
    const isEvidence = file?.name === `innereye-${evidence}.json` && 'result' in jsonIn(file.text);
    theatre.ledger.claim(`the artifact ${artifact} holds the evidence`, isEvidence, file);
  }
}

function jsonIn(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
