import { Problem } from '../errors.ts';
import type { Failure, Look, Sight } from './vantage.ts';

/** Azure keeps the last 4,096 bytes of a run command's output (learn.microsoft.com, "Managed Run Command"). */
const OUTPUT_BYTES = 4000;
const NAME = /^[a-z0-9-]{1,40}$/i;
const HEADER_BYTES = 160;

/** Bytes of one line of output at its longest, for a look that brings home `bytes` of its body. */
function cost(look: Look): number {
  const base64 = (bytes: number): number => 4 * Math.ceil(bytes / 3);
  const fixed = look.name.length + 70 + (look.resolve === true ? 64 : 1);
  return fixed + base64(HEADER_BYTES) + base64(bytesOf(look));
}

const bytesOf = (look: Look): number => Math.min(look.bytes ?? 220, 2400);

/** Splits looks into runs whose output is sure to fit, in order. */
export function batches(looks: readonly Look[]): Look[][] {
  const result: Look[][] = [];
  let room = 0;
  for (const look of looks) {
    room -= cost(look);
    if (result.length === 0 || room < 0) {
      result.push([]);
      room = OUTPUT_BYTES - 20 - cost(look);
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
  return Buffer.from(looks.map((look) => `${fieldsOf(look).join(' ')}\n`).join('')).toString(
    'base64',
  );
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
    String(bytesOf(look)),
    String(secondsOf(look)),
    look.resolve === true ? '1' : '0',
  ];
}

function packed(text: string | undefined): string {
  return text ? Buffer.from(text).toString('base64') : '-';
}

const LINE =
  /^([a-z0-9-]{1,40}) (\d{1,3}|token|secret|linked) (\S{1,90}) ([\d.,]{1,63}|-) (\d{1,15}) h([A-Za-z0-9+/]*={0,2}) ([A-Za-z0-9+/]*={0,2})\.$/i;

/** Reads what `probe.sh` printed; anything but exactly one line per look, in order, is refused. */
export function decodeSights(output: string, looks: readonly Look[]): Sight[] {
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
  const bytes = Buffer.from(body, 'base64');
  const failure = failureOf(ending, status);
  return {
    name: look.name,
    status: failure === undefined ? Number(status) : undefined,
    failure,
    headers: decodeHeaders(Buffer.from(headers, 'base64').toString()),
    body: bytes.toString(),
    cut: Number(all) > bytes.length,
    remoteAddress: /^[0-9a-f.:]{2,45}$/i.test(remoteAddress) ? remoteAddress : '',
    resolved: resolved === '-' ? [] : resolved.split(','),
    seconds: Number(seconds) || 0,
  };
}

/** The groups of LINE behind the name: ending, seen, resolved, length, headers, body. */
type Parts = [string, string, string, string, string, string];

/** curl's exit codes (man curl, "EXIT CODES") as far as they tell something about the network. */
const curlSays: Readonly<Record<string, string>> = {
  '5': 'the name of the proxy does not resolve',
  '6': 'the name does not resolve',
  '7': 'the connection was refused or has no way',
  '28': 'no answer in time',
  '35': 'the TLS connection was cut off',
  '52': 'the connection was closed without an answer',
  '56': 'the connection was cut off',
  '60': 'the certificate is not trusted',
};

function failureOf(ending: string, status: string): Failure | undefined {
  const said = /^\d{3}$/.test(status) && status !== '000' ? `status ${status}` : 'no answer';
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
    case '0':
      if (said !== 'no answer') return undefined;
      return { kind: 'unreached', text: 'no HTTP answer' };
    default:
      return { kind: 'unreached', text: `${curlSays[ending] ?? 'no answer'} (curl ${ending})` };
  }
}

function decodeHeaders(text: string): Record<string, string> {
  const pairs = text.split('\n').flatMap((line) => {
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
