import type { Session } from '../login/session.ts';
import { explain } from '../azure/explain.ts';
import type { AzureProblem } from '../azure/explain.ts';
import { openLine, scopes } from '../azure/pipeline.ts';
import type { Ask, Exchange, LineTools, Send } from '../azure/exchange.ts';
import { wholeUpTo, writeInBlocks } from './blocks.ts';

/** Version of the Blob service's REST interface that the requests are written for. */
export const blobApi = '2023-11-03';

/** One container of a storage account, by its REST interface and the login's own token. */
export interface Blobs {
  /** The content, or undefined where there is no such blob. */
  read(name: string): Promise<Buffer | undefined>;
  /** Large content goes up in blocks. */
  write(name: string, content: string | Buffer): Promise<void>;
  /** Names of all blobs that begin with `prefix`. */
  list(prefix?: string): Promise<readonly string[]>;
  /** A blob that is gone already is fine. */
  delete(name: string): Promise<void>;
}

/** The host that serves an account's blobs. */
export function blobHost(account: string): string {
  return `${account}.blob.core.windows.net`;
}

/** A line to the storage service with the login's token. */
export function openStorageLine(
  { credential }: Pick<Session, 'credential'>,
  tools: LineTools,
): Send {
  const send = openLine(credential, scopes.storage, tools);
  return (ask) => send({ ...ask, headers: { 'x-ms-version': blobApi, ...ask.headers } });
}

/** The blobs of one container. */
export function openBlobs(send: Send, account: string, container: string): Blobs {
  const base = `https://${blobHost(account)}/${container}`;
  const address = (name: string): string =>
    `${base}/${name.split('/').map(encodeURIComponent).join('/')}`;
  const call = async (what: string, ask: Ask, alsoFine: readonly number[]): Promise<Exchange> => {
    const answer = await send(ask);
    if (answer.status >= 400 && !alsoFine.includes(answer.status)) throw refusal(what, answer);
    return answer;
  };
  return {
    async read(name) {
      const ask = { method: 'GET', url: address(name), binary: true } as const;
      const answer = await call(`Reading blob ${name}`, ask, [404]);
      return answer.status === 404 ? undefined : answer.bytes;
    },
    async write(name, content) {
      const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/octet-stream' };
      const write = (ask: Ask): Promise<Exchange> => call(`Writing blob ${name}`, ask, []);
      // an empty body must still be sent as one, with its length
      const body = typeof content === 'string' ? Buffer.from(content) : content;
      if (body.length > wholeUpTo) await writeInBlocks(address(name), body, write);
      else await write({ method: 'PUT', url: address(name), headers, body });
    },
    list: (prefix = '') => listAll(base, prefix, (ask) => call('Listing blobs', ask, [])),
    async delete(name) {
      await call(`Deleting blob ${name}`, { method: 'DELETE', url: address(name) }, [404]);
    },
  };
}

async function listAll(
  base: string,
  prefix: string,
  call: (ask: Ask) => Promise<Exchange>,
): Promise<readonly string[]> {
  const names: string[] = [];
  let marker = '';
  do {
    const query = new URLSearchParams({ restype: 'container', comp: 'list', prefix, marker });
    const { text } = await call({ method: 'GET', url: `${base}?${query.toString()}` });
    names.push(...[...text.matchAll(/<Name>([^<]*)<\/Name>/g)].map(([, name]) => unescaped(name)));
    marker = unescaped(/<NextMarker>([^<]*)<\/NextMarker>/.exec(text)?.[1]);
  } while (marker !== '');
  return names;
}

/** Storage answers some refusals (HEAD, or none) with a header instead of a body. */
function refusal(what: string, answer: Exchange): AzureProblem {
  const code = answer.headers['x-ms-error-code'];
  const text =
    answer.text.trim() === '' && code !== undefined
      ? `<Code>${code}</Code><Message>no message</Message>`
      : answer.text;
  return explain(what, { ...answer, text });
}

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

/** Text of an XML element. */
export function unescaped(text = ''): string {
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (entity) => entities[entity] ?? entity);
}
