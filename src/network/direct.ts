import { Cancelled, messageOf } from '../errors.ts';
import type { Session } from '../login/session.ts';
import type { HttpAnswer, Toolbox } from '../toolbox/index.ts';
import { mostOf, roomOf, textOfPart } from './body-part.ts';
import type { Failure, Look, OpenVantage, SecretHeader, Sight } from './vantage.ts';

/** This runner itself as the vantage point: outside the network, or inside where the runner stands there. */
export function openDirect(session: Session, tools: Toolbox): OpenVantage {
  return {
    look: async (looks) => {
      const sights: Sight[] = [];
      for (const look of looks) sights.push(await lookFromHere(look, session, tools));
      return sights;
    },
    close: async () => {},
  };
}

/** A step on the way to the answer that did not work. */
class Stopped extends Error {
  readonly kind: Failure['kind'];
  constructor(kind: Failure['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** A step before the request that fails says nothing of where the request would have gone. */
function stopping(kind: Failure['kind']): (error: unknown) => never {
  return (error) => {
    throw error instanceof Cancelled ? error : new Stopped(kind, messageOf(error));
  };
}

async function lookFromHere(look: Look, session: Session, tools: Toolbox): Promise<Sight> {
  const started = tools.clock.now();
  const resolved = look.resolve === true ? await addresses(look.url, tools) : [];
  const seconds = (): number => (tools.clock.now() - started) / 1000;
  const base = { name: look.name, remoteAddress: resolved[0] ?? '', resolved };
  try {
    const answer = await answerTo(look, session, tools);
    return {
      ...base,
      ...{ status: answer.status, failure: undefined, headers: answer.headers },
      ...partOf(answer, look),
      seconds: seconds(),
    };
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    const kind = error instanceof Stopped ? error.kind : kindOf(error);
    const failure = { kind, text: messageOf(error) };
    return {
      ...base,
      ...{ status: undefined, failure, headers: {}, body: '', cut: false },
      seconds: seconds(),
    };
  }
}

/** A proxy that says so has tried: Node's tunnel puts the status into its message. */
const triedInVain = /statusCode=50[234]\b/;
const shut =
  /\b(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|EPIPE)\b|socket hang up|Request timeout|disconnected before secure TLS/;
const untrusted =
  /self.signed certificate|unable to (verify|get)|ERR_TLS_CERT|CERT_|certificate has/i;

/** What a request without an answer says of the other side; what is not recognised says nothing. */
function kindOf(error: unknown): Failure['kind'] {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const text = `${messageOf(error)} ${code}`;
  if (/tunneling socket/.test(text)) return triedInVain.test(text) ? 'unreached' : 'unsure';
  if (untrusted.test(text)) return 'untrusted';
  return shut.test(text) ? 'unreached' : 'unsure';
}

async function answerTo(look: Look, session: Session, tools: Toolbox): Promise<HttpAnswer> {
  const headers: Record<string, string> = { ...look.headers };
  let form: string | Buffer | undefined = look.body ?? (look.method === 'POST' ? '' : undefined);
  if (look.bearer !== undefined) {
    const token = await tokenFor(look.bearer, session, tools);
    if (look.bearerField === undefined) headers['Authorization'] = `Bearer ${token}`;
    else {
      headers['Content-Type'] = 'application/x-www-form-urlencoded';
      form = `${form ? `${form.toString()}&` : ''}${look.bearerField}=${encodeURIComponent(token)}`;
    }
  }
  if (look.secretHeader !== undefined) {
    headers[look.secretHeader.header] = await secretOf(look.secretHeader, session, tools);
  }
  const timeoutSeconds = look.seconds ?? 30;
  const first = await tools.http.send({
    ...{ method: look.method, url: look.url, headers, timeoutSeconds },
    ...(form === undefined ? {} : { body: form }),
  });
  if (look.linked === undefined) return first;
  const url = linkIn(first.text, look.linked);
  const second = await tools.http
    .send({ method: 'GET', url, timeoutSeconds })
    .catch(stopping('linked'));
  if (second.status !== 200) throw new Stopped('linked', `status ${second.status}`);
  return { ...first, text: second.text, bytes: second.bytes };
}

function linkIn(text: string, key: string): string {
  const escaped = key.replace(/[^\w]/g, '\\$&');
  const link = new RegExp(`"${escaped}"\\s*:\\s*("https://[^"\\s]+")`).exec(text)?.[1];
  if (link === undefined) throw new Stopped('linked', `the answer holds no address of ${key}`);
  return JSON.parse(link) as string;
}

async function tokenFor(resource: string, session: Session, tools: Toolbox): Promise<string> {
  const token = await session.credential.getToken(`${resource}/.default`).catch(stopping('token'));
  if (token === null) throw new Stopped('token', `no access token for ${resource}`);
  return tools.runner.secret(token.token).reveal();
}

async function secretOf(wanted: SecretHeader, session: Session, tools: Toolbox): Promise<string> {
  const token = await tokenFor('https://vault.azure.net', session, tools);
  const url = `${wanted.vaultUri.replace(/\/$/, '')}/secrets/${wanted.secret}?api-version=7.4`;
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await tools.http
    .send({ method: 'GET', url, headers, timeoutSeconds: 30 })
    .catch(stopping('secret'));
  if (answer.status !== 200) {
    throw new Stopped('secret', `Key Vault did not give the secret (status ${answer.status})`);
  }
  const { value } = JSON.parse(answer.text) as { value?: unknown };
  if (typeof value !== 'string') throw new Stopped('secret', 'Key Vault gave no value');
  return tools.runner.secret(value).reveal();
}

/** What the name resolves to on this machine, as the system itself resolves it. */
async function addresses(url: string, tools: Toolbox): Promise<string[]> {
  const getent = await tools.shell.which('getent');
  if (getent === undefined) return [];
  const { stdout } = await tools.shell.run(getent, ['ahostsv4', new URL(url).hostname]);
  const found = stdout.split('\n').flatMap((line) => line.match(/^[\d.]+/) ?? []);
  return [...new Set(found)].slice(0, 4);
}

function partOf(
  { text, bytes: all }: Pick<HttpAnswer, 'text' | 'bytes'>,
  look: Look,
): Pick<Sight, 'body' | 'cut' | 'slice'> {
  const bytes = look.pick === undefined ? all : Buffer.from(linesWith(look.pick, text));
  const { slice } = look;
  if (slice !== undefined) {
    const piece = bytes.subarray(slice.from, slice.from + mostOf(slice));
    const cut = bytes.length > piece.length;
    return { body: piece.toString(), cut, slice: { bytes: piece, size: bytes.length } };
  }
  const room = roomOf(look);
  const cut = bytes.length > room;
  const from = look.part === 'end' && cut ? bytes.length - room : 0;
  return { body: textOfPart(bytes.subarray(from, from + room), cut, look.part), cut };
}

function linesWith(text: string, body: string): string {
  return body
    .split('\n')
    .filter((line) => line.includes(text))
    .join('\n');
}
