import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { tryConnection } from './connection.ts';
import type { Http } from './index.ts';

const agent = 'innereye-closed-network';

/** HTTP by the toolkit's client: proxy variables and the machine's authorities are honoured, https never turns into http. */
export async function openHttp(): Promise<Http> {
  const { HttpClient, getProxyUrl } = await import('@actions/http-client');
  return {
    send: async ({ method, url, headers = {}, body, timeoutSeconds = 60 }) => {
      const client = new HttpClient(agent, [], {
        allowRedirects: false,
        socketTimeout: timeoutSeconds * 1000,
      });
      try {
        const answer = await client.request(
          method,
          url,
          sentBody(body),
          sentHeaders(headers, body),
        );
        const bytes = await bodyOf(answer.message);
        return {
          status: answer.message.statusCode ?? 0,
          headers: flat(answer.message.headers),
          text: bytes.toString(),
          bytes,
        };
      } finally {
        client.dispose();
      }
    },
    connect: async (host, port, timeoutSeconds) => {
      const authority = host.includes(':') ? `[${host}]` : host;
      const proxy = getProxyUrl(`https://${authority}:${port}`);
      const by = proxy === '' ? undefined : new URL(proxy);
      return tryConnection(by === undefined ? host : authority, port, timeoutSeconds, by);
    },
    download: async (url, file, { maxBytes }) => {
      const client = new HttpClient(agent, [], {
        maxRedirects: 5,
        allowRedirectDowngrade: false,
        socketTimeout: 60_000,
      });
      try {
        const answer = await client.get(url);
        if (answer.message.statusCode !== 200) {
          answer.message.destroy();
          throw new Error(`${url} answered ${answer.message.statusCode ?? 0}`);
        }
        await save(answer.message, file, maxBytes, url);
      } finally {
        client.dispose();
      }
    },
  };
}

/** The toolkit's client takes text and streams; a stream needs its length, or it goes in chunks. */
function sentBody(body: string | Buffer | undefined): string | NodeJS.ReadableStream | null {
  return Buffer.isBuffer(body) ? Readable.from([body]) : (body ?? null);
}

function sentHeaders(
  headers: Readonly<Record<string, string>>,
  body: string | Buffer | undefined,
): Record<string, string> {
  return Buffer.isBuffer(body)
    ? { 'Content-Length': String(body.length), ...headers }
    : { ...headers };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function save(
  body: IncomingMessage,
  file: string,
  maxBytes: number,
  url: string,
): Promise<void> {
  let seen = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      done(seen > maxBytes ? new Error(`${url} sent more than ${maxBytes} bytes`) : null, chunk);
    },
  });
  try {
    await pipeline(body, limit, createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

function flat(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
