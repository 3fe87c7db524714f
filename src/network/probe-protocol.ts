import { gunzipSync } from 'node:zlib';
import { isIPv4 } from 'node:net';
import { Problem } from '../errors.ts';
import { mostOf, roomOf, textOfPart } from './body-part.ts';
import type { Failure, Look, Sight } from './vantage.ts';

/** Azure keeps the last 4,096 bytes of a run command's output (learn.microsoft.com, "Managed Run Command"). */
const OUTPUT_BYTES = 4096;
/** First and last line: `looks 1`, `end 99`. */
const FRAME_BYTES = 20;
/** The looks travel as one variable of the environment; Linux takes 128 KiB for one. */
const INPUT_BYTES = 90_000;
const LARGEST_INPUT = 130_000;
const NAME = /^[a-z0-9-]{1,40}$/i;
/** Widest fields of a line, as `probe.sh` cuts them and LINE takes them. */
const WIDTH = { ending: 6, seen: 60, resolved: 63, all: 15, headers: 160 };

const base64Length = (bytes: number): number => 4 * Math.ceil(bytes / 3);

/** Bytes of one line of output at its longest: its fields, and 9 for blanks, `h`, full stop and the end of the line. */
function cost(look: Look): number {
  const resolved = look.resolve === true ? WIDTH.resolved : 1;
  const fields = WIDTH.ending + WIDTH.seen + resolved + WIDTH.all + base64Length(WIDTH.headers);
  return look.name.length + fields + base64Length(roomOf(look)) + 9;
}

/** Splits looks into runs whose output is sure to fit, in order. */
export function batches(looks: readonly Look[]): Look[][] {
  const result: Look[][] = [];
  let output = 0;
  let input = 0;
  for (const look of looks) {
    const asked = base64Length(fieldsOf(look).join(' ').length + 1) + 4;
    output -= cost(look);
    input -= asked;
    if (result.length === 0 || output < 0 || input < 0) {
      result.push([]);
      output = OUTPUT_BYTES - FRAME_BYTES - cost(look);
      input = INPUT_BYTES - asked;
    }
    result.at(-1)?.push(look);
  }
  return result;
}

/** The seconds that a run of these looks takes at most. */
export function longest(looks: readonly Look[]): number {
  return looks.reduce((sum, look) => sum + secondsOf(look) * (look.linked ? 2 : 1) + 60, 0);
}

const secondsOf = (look: Look): number => look.seconds ?? 30;

/** The looks as `probe.sh` reads them: a line each, fields in base64, the whole in base64 again. */
export function encodeLooks(looks: readonly Look[]): string {
  const names = new Set(looks.map((look) => look.name));
  if (names.size !== looks.length || looks.some((look) => !NAME.test(look.name))) {
    throw new Error('Looks need names of their own: letters, digits and hyphens, at most 40.');
  }
  const text = looks.map((look) => `${fieldsOf(look).join(' ')}\n`).join('');
  const encoded = Buffer.from(text).toString('base64');
  if (encoded.length > LARGEST_INPUT) throw new Error('A look is too large to be sent.');
  return encoded;
}

function fieldsOf(look: Look): string[] {
  const headers = Object.entries(look.headers ?? {}).map(([name, value]) => `${name}: ${value}\n`);
  const { header, vaultUri, secret } = look.secretHeader ?? {};
  const address = secret && `${vaultUri?.replace(/\/$/, '')}/secrets/${secret}?api-version=7.4`;
  return [
    look.name,
    look.method,
    packed(look.url),
    packed(headers.join('')),
    packed(look.body),
    packed(header),
    packed(address),
    packed(look.bearer),
    packed(look.linked),
    packed(look.pick),
    look.part ?? 'start',
    String(roomOf(look)),
    String(secondsOf(look)),
    look.resolve === true ? '1' : '0',
    packed(look.bearerField),
    look.slice === undefined ? '-' : String(Math.max(0, Math.trunc(look.slice.from))),
    look.slice === undefined ? '-' : String(mostOf(look.slice)),
  ];
}

function packed(text: string | Buffer | undefined): string {
  return text === undefined || text.length === 0 ? '-' : Buffer.from(text).toString('base64');
}

const LINE =
  /^([a-z0-9-]{1,40}) (\d{1,3}|token|secret|linked) (\S{1,60}) ([\d.,]{1,63}|-) (\d{1,15}) h([A-Za-z0-9+/]*={0,2}) ([A-Za-z0-9+/]*={0,2})\.$/i;

/**
 * Reads what `probe.sh` printed; anything but exactly one line per look, in order and of the size
 * that was asked for, is refused with a Problem. Never throws anything else: the output is written
 * by a machine that talks to strangers.
 */
export function decodeSights(output: unknown, looks: readonly Look[]): Sight[] {
  if (typeof output !== 'string') throw unreadable('it is no text');
  const lines = output.trimEnd().split(/\r?\n/);
  const [first, last] = [lines[0], lines.at(-1)];
  const found = lines.slice(1, -1);
  if (first !== 'looks 1' || last !== `end ${looks.length}` || found.length !== looks.length) {
    throw unreadable(`${found.length} lines where ${looks.length} were expected`);
  }
  return looks.map((look, index) => decodeLine(found[index] ?? '', look));
}

function decodeLine(line: string, look: Look): Sight {
  const match = LINE.exec(line);
  if (match === null || match[1] !== look.name) {
    throw unreadable(`the line for "${look.name}" is not one`);
  }
  const [ending, seen, resolved, all, headers, body] = match.slice(2) as Parts;
  const [status = '', remoteAddress = '', seconds] = seen.split(',');
  const bytes = bytesOf(Buffer.from(body, 'base64'), look);
  const size = Number(all);
  const asked = look.slice === undefined ? roomOf(look) : mostOf(look.slice);
  const left = Math.max(0, size - (look.slice?.from ?? 0));
  const addresses = resolved === '-' ? [] : resolved.split(',');
  if (bytes.length > Math.min(asked, left) || !addresses.every(isIPv4)) {
    throw unreadable(`the line for "${look.name}" says more than was asked`);
  }
  const failure = failureOf(ending, status);
  const cut = size > bytes.length;
  return {
    name: look.name,
    status: failure === undefined ? Number(status) : undefined,
    failure,
    headers: decodeHeaders(Buffer.from(headers, 'base64').toString()),
    body: look.slice === undefined ? textOfPart(bytes, cut, look.part) : bytes.toString(),
    ...(look.slice === undefined || failure !== undefined ? {} : { slice: { bytes, size } }),
    cut: cut || (failure === undefined && ending !== '0'),
    remoteAddress: /^[0-9a-f.:]{2,45}$/i.test(remoteAddress) ? remoteAddress : '',
    resolved: addresses,
    seconds: /^\d{1,6}(\.\d{1,9})?$/.test(seconds ?? '') ? Number(seconds) : 0,
  };
}

/** A slice travels compressed; what would unfold to more than was asked for is refused. */
function bytesOf(sent: Buffer, { name, slice }: Look): Buffer {
  if (slice === undefined || sent.length === 0) return sent;
  try {
    return gunzipSync(sent, { maxOutputLength: mostOf(slice) });
  } catch {
    throw unreadable(`the slice for "${name}" cannot be unfolded`);
  }
}

/** The groups of LINE behind the name: ending, seen, resolved, length, headers, body. */
type Parts = [string, string, string, string, string, string];

/** What curl's exit codes (man curl, "EXIT CODES") tell of the other side; any other one is of this side. */
const curlSays: Readonly<Record<string, readonly [Failure['kind'], string]>> = {
  '5': ['unsure', 'the name of the proxy does not resolve'],
  '6': ['unsure', 'the name does not resolve'],
  '7': ['unreached', 'the connection was refused or has no way'],
  '28': ['unreached', 'no answer in time'],
  '35': ['unreached', 'the TLS connection was cut off'],
  '52': ['unreached', 'the connection was closed without an answer'],
  '55': ['unreached', 'the connection was cut off'],
  '56': ['unreached', 'the connection was cut off'],
  '60': ['untrusted', 'somebody answered with a certificate that is not trusted'],
};

function failureOf(ending: string, status: string): Failure | undefined {
  const answered = /^[1-9]\d{2}$/.test(status);
  const said = answered ? `status ${status}` : 'no answer';
  switch (ending) {
    case 'token':
      return { kind: 'token', text: `the identity of the machine gave no token (${said})` };
    case 'secret':
      return { kind: 'secret', text: `Key Vault did not give the secret (${said})` };
    case 'linked':
      return {
        kind: 'linked',
        text: `the answer holds no such address, or that address gave nothing (${said})`,
      };
    default: {
      // Whoever sent a status has answered, also where the rest of it never came.
      if (answered) return undefined;
      const [kind, text] = curlSays[ending] ?? ['unsure', 'the request could not be made'];
      return { kind, text: `${text} (curl ${ending})` };
    }
  }
}

/** Whole lines only: the probe cuts the headers after 160 bytes, and half a value is a wrong one. */
function decodeHeaders(text: string): Record<string, string> {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const pairs = whole.split('\n').flatMap((line) => {
    const match = /^([a-z0-9-]{1,40}): ?([\x20-\x7e]*)$/i.exec(line);
    return match ? [[(match[1] ?? '').toLowerCase(), match[2] ?? ''] as const] : [];
  });
  return Object.fromEntries(pairs);
}

function unreadable(what: string): Problem {
  return new Problem(
    `What came back from the probe machine cannot be read: ${what}.`,
    'run again; if it stays so, look at the machine: something else writes into its answers.',
    { anchor: 'probe' },
  );
}
