import { createHmac } from 'node:crypto';
import { explain } from '../azure/explain.ts';
import type { Send } from '../azure/exchange.ts';
import type { Secret } from '../secret.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { blobApi, blobHost, unescaped } from './blobs.ts';

/** A clock that is off by this much still finds the address valid. */
const skewSeconds = 300;

/** Which blob, and for how long. */
export interface Share {
  readonly account: string;
  readonly container: string;
  readonly blob: string;
  readonly minutes: number;
}

/** The key Azure lends to this login for signing; it ends by itself. */
interface DelegationKey {
  readonly oid: string;
  readonly tid: string;
  readonly start: string;
  readonly expiry: string;
  readonly service: string;
  readonly version: string;
  readonly value: string;
}

/**
 * An address that lets whoever has it read one blob, over https, until it ends (user-delegation SAS:
 * signed with a key of this login, not of the account). Source: learn.microsoft.com, "Create a user
 * delegation SAS", string-to-sign of version 2020-12-06 and later.
 */
export async function shareForReading(
  share: Share,
  send: Send,
  { clock, runner }: Pick<Toolbox, 'clock' | 'runner'>,
): Promise<Secret> {
  const start = isoSeconds(clock.now() - skewSeconds * 1000);
  const expiry = isoSeconds(clock.now() + share.minutes * 60_000);
  const key = await delegationKey(share.account, { start, expiry }, send);
  runner.secret(key.value);
  const signature = createHmac('sha256', Buffer.from(key.value, 'base64'))
    .update(stringToSign(share, { start, expiry }, key))
    .digest('base64');
  runner.secret(signature); // masks it in every spelling: parts of addresses are logged, too
  const query = new URLSearchParams({
    sv: blobApi,
    sr: 'b',
    sp: 'r',
    spr: 'https',
    st: start,
    se: expiry,
    skoid: key.oid,
    sktid: key.tid,
    skt: key.start,
    ske: key.expiry,
    sks: key.service,
    skv: key.version,
    sig: signature,
  });
  const path = share.blob.split('/').map(encodeURIComponent).join('/');
  return runner.secret(
    `https://${blobHost(share.account)}/${share.container}/${path}?${query.toString()}`,
  );
}

interface Period {
  readonly start: string;
  readonly expiry: string;
}

async function delegationKey(account: string, period: Period, send: Send): Promise<DelegationKey> {
  const answer = await send({
    method: 'POST',
    url: `https://${blobHost(account)}/?restype=service&comp=userdelegationkey`,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="utf-8"?><KeyInfo><Start>${period.start}</Start><Expiry>${period.expiry}</Expiry></KeyInfo>`,
  });
  if (answer.status >= 400) throw explain('Asking for a key to sign an address with', answer);
  const part = (name: string): string =>
    unescaped(new RegExp(`<${name}>([^<]*)</${name}>`).exec(answer.text)?.[1]);
  return {
    oid: part('SignedOid'),
    tid: part('SignedTid'),
    start: part('SignedStart'),
    expiry: part('SignedExpiry'),
    service: part('SignedService'),
    version: part('SignedVersion'),
    value: part('Value'),
  };
}

/** Twenty-four lines; those we do not use are empty, and still count. */
function stringToSign(share: Share, { start, expiry }: Period, key: DelegationKey): string {
  const resource = `/blob/${share.account}/${share.container}/${share.blob}`;
  const keyLines = [key.oid, key.tid, key.start, key.expiry, key.service, key.version];
  const people = ['', '', '']; // authorised and unauthorised user, correlation id
  const limits = ['', 'https', blobApi, 'b', '', '']; // address, protocol, version, kind, snapshot, encryption scope
  const responseHeaders = ['', '', '', '', ''];
  return ['r', start, expiry, resource, ...keyLines, ...people, ...limits, ...responseHeaders].join(
    '\n',
  );
}

function isoSeconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
