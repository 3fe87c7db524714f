import { messageOf } from '../errors.ts';
import type { Session } from '../login/session.ts';
import type { HttpAnswer, Toolbox } from '../toolbox/index.ts';
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

async function lookFromHere(look: Look, session: Session, tools: Toolbox): Promise<Sight> {
  const started = tools.clock.now();
  const resolved = look.resolve === true ? await addresses(look.url, tools) : [];
  const seconds = (): number => (tools.clock.now() - started) / 1000;
  const base = { name: look.name, remoteAddress: resolved[0] ?? '', resolved };
  try {
    const answer = await answerTo(look, session, tools);
    const { body, cut } = partOf(answer.text, look);
    return {
      ...base,
      ...{ status: answer.status, failure: undefined, headers: answer.headers, body, cut },
      seconds: seconds(),
    };
  } catch (error) {
    const kind = error instanceof Stopped ? error.kind : 'unreached';
    const failure = { kind, text: messageOf(error) };
    return {
      ...base,
      ...{ status: undefined, failure, headers: {}, body: '', cut: false },
      seconds: seconds(),
    };
  }
}

async function answerTo(look: Look, session: Session, tools: Toolbox): Promise<HttpAnswer> {
  const headers: Record<string, string> = { ...look.headers };
  if (look.bearer !== undefined) {
    headers['Authorization'] = `Bearer ${await tokenFor(look.bearer, session, tools)}`;
  }
  if (look.secretHeader !== undefined) {
    headers[look.secretHeader.header] = await secretOf(look.secretHeader, session, tools);
  }
  const timeoutSeconds = look.seconds ?? 30;
  const body = look.body ?? (look.method === 'POST' ? '' : undefined);
  const first = await tools.http.send({
    ...{ method: look.method, url: look.url, headers, timeoutSeconds },
    ...(body === undefined ? {} : { body }),
  });
  if (look.linked === undefined) return first;
  const url = linkIn(first.text, look.linked);
  const second = await tools.http.send({ method: 'GET', url, timeoutSeconds });
  if (second.status !== 200) throw new Stopped('linked', `status ${second.status}`);
  return { ...first, text: second.text };
}

function linkIn(text: string, key: string): string {
  const escaped = key.replace(/[^\w]/g, '\\$&');
  const link = new RegExp(`"${escaped}"\\s*:\\s*("https://[^"\\s]+")`).exec(text)?.[1];
  if (link === undefined) throw new Stopped('linked', `the answer holds no address of ${key}`);
  return JSON.parse(link) as string;
}

async function tokenFor(resource: string, session: Session, tools: Toolbox): Promise<string> {
  const token = await session.credential.getToken(`${resource}/.default`);
  if (token === null) throw new Stopped('token', `no access token for ${resource}`);
  return tools.runner.secret(token.token).reveal();
}

async function secretOf(wanted: SecretHeader, session: Session, tools: Toolbox): Promise<string> {
  const token = await tokenFor('https://vault.azure.net', session, tools);
  const url = `${wanted.vaultUri.replace(/\/$/, '')}/secrets/${wanted.secret}?api-version=7.4`;
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await tools.http.send({ method: 'GET', url, headers, timeoutSeconds: 30 });
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

function partOf(text: string, look: Look): { body: string; cut: boolean } {
  const lines = text.split('\n');
  const whole =
    look.pick === undefined
      ? text
      : lines.filter((line) => line.includes(look.pick ?? '')).join('\n');
  const bytes = Buffer.from(whole);
  const room = Math.min(look.bytes ?? 220, 2400);
  const part = look.part === 'end' ? bytes.subarray(-room) : bytes.subarray(0, room);
  return { body: part.toString(), cut: bytes.length > room };
}
