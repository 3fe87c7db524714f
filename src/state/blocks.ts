import type { Ask, Exchange } from '../azure/exchange.ts';

/** Content of up to this many bytes goes up in one request. */
export const wholeUpTo = 8 * 1024 * 1024;

/**
 * Bytes of a block: a line of 1.5 Mbit/s still brings four of them up at once within the time that
 * one attempt has. Azure takes 50,000 blocks of up to 4,000 MiB (learn.microsoft.com, "Put Block").
 */
const blockBytes = 4 * 1024 * 1024;
const atOnce = 4;

/** Sends one request for a blob; throws where it is refused for good. */
type Call = (ask: Ask) => Promise<Exchange>;

/**
 * Writes a blob block by block, a few at a time; each is repeated by itself where it gets lost, and
 * the blob changes only when all are there. What a run that was cut off leaves, Azure drops after a week.
 */
export async function writeInBlocks(address: string, content: Buffer, call: Call): Promise<void> {
  const count = Math.ceil(content.length / blockBytes);
  const ids = Array.from({ length: count }, (_, index) => idOf(index));
  await severalAtOnce(ids, async (id, index) => {
    const body = content.subarray(index * blockBytes, (index + 1) * blockBytes);
    await call({
      method: 'PUT',
      url: `${address}?comp=block&blockid=${encodeURIComponent(id)}`,
      body,
    });
  });
  await call({
    method: 'PUT',
    url: `${address}?comp=blocklist`,
    headers: {
      'content-type': 'application/xml',
      'x-ms-blob-content-type': 'application/octet-stream',
    },
    body: `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join('')}</BlockList>`,
  });
}

/** Ids of one blob must all be of the same length. */
function idOf(index: number): string {
  return Buffer.from(`block-${String(index).padStart(6, '0')}`).toString('base64');
}

/** Works through a list; nothing new is begun once something has failed. */
async function severalAtOnce<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const left = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) {
      if (failed) return;
      try {
        await work(item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
