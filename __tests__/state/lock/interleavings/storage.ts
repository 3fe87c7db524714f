import { createHmac } from 'node:crypto';
import { createBlobService } from '../../../../local-azure/azurite/process.ts';
import { createAuthority } from '../../../../local-azure/entrance/authority.ts';
import type { Ask, Exchange } from '../../../../src/azure/exchange.ts';
import { temporaryFolder } from '../../../support/site.ts';

/** Azurite with one account and one container. */
export interface Storage {
  send(ask: Ask): Promise<Exchange>;
  close(): Promise<void>;
}

export const account = 'stlock';
export const container = 'tfstate';
const host = `${account}.blob.core.windows.net`;

/** Starts it; requests carry a signature for the whole account. */
export async function openStorage(): Promise<Storage> {
  const { folder, remove } = temporaryFolder();
  const key = Buffer.alloc(32, 7).toString('base64');
  const service = createBlobService(createAuthority(), folder);
  await service.setAccounts([{ name: account, keys: [key] }]);
  const signature = signatureWith(key);
  const send = async (ask: Ask): Promise<Exchange> => {
    const { pathname, search } = new URL(ask.url);
    const answer = await service.send({
      method: ask.method,
      target: `${pathname}${search === '' ? '?' : `${search}&`}${signature}`,
      headers: { 'x-ms-version': '2023-11-03', host, ...ask.headers },
      body: Buffer.from(ask.body ?? ''),
    });
    const { status, headers, body } = answer;
    return { status, headers, text: body.toString(), bytes: body };
  };
  await send({ method: 'PUT', url: `https://${host}/${container}?restype=container` });
  return {
    send,
    close: async () => {
      await service.stop();
      remove();
    },
  };
}

/** A shared access signature for the account (Azure Storage REST, "Create an account SAS"). */
function signatureWith(key: string): string {
  const version = '2018-11-09';
  const expiry = '2099-01-01T00:00:00Z';
  const parts = [account, 'rwdlac', 'b', 'sco', '', expiry, '', 'https', version, ''];
  const sig = createHmac('sha256', Buffer.from(key, 'base64'))
    .update(parts.join('\n'))
    .digest('base64');
  return new URLSearchParams({
    ...{ sv: version, ss: 'b', srt: 'sco', sp: 'rwdlac', se: expiry, spr: 'https', sig },
  }).toString();
}
