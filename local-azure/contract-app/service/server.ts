// A service with the HTTP contract of InnerEye-Inference, for machines without its Python. It signs
// in and reads its workspace before it answers anything, and ends with 3 where it cannot.
import { readFileSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { signIn } from './azure.ts';
import { answer, type Service } from './routes.ts';
import { readSettings } from './settings.ts';

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The part of gunicorn's configuration that a caller can notice; it comes with the package. */
interface Gunicorn {
  readonly headerMap: 'dangerous' | 'drop';
}

function readGunicorn(): Gunicorn {
  const text = readFileSync(new URL('gunicorn.json', import.meta.url), 'utf8');
  return JSON.parse(text) as Gunicorn;
}

/** What gunicorn lets through to the app. */
function passedOn(headers: IncomingHttpHeaders, { headerMap }: Gunicorn): IncomingHttpHeaders {
  if (headerMap === 'dangerous') return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.includes('_')));
}

async function serve(
  service: Service,
  gunicorn: Gunicorn,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET';
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const body = await bodyOf(request);
  const headers = passedOn(request.headers, gunicorn);
  const reply = await answer(service, { method, path, headers, body });
  console.log(`${method} ${path} ${reply.status}`);
  const length = String(Buffer.byteLength(reply.body));
  const shown = { server: 'gunicorn', ...reply.headers, 'content-length': length };
  response.writeHead(reply.status, reply.reason, { ...shown, connection: 'close' });
  response.end(method === 'HEAD' ? undefined : reply.body);
}

/** Whoever started this may be killed without a word; then nobody is left to end it. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 2000).unref();
}

async function main(): Promise<void> {
  endWithParent();
  const settings = readSettings(process.env);
  const gunicorn = readGunicorn();
  const service: Service = { settings, azure: await signIn(settings), extra: undefined };
  const server = createServer((request, response) => {
    serve(service, gunicorn, request, response).catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  });
  server.listen(Number(process.env['PORT'] ?? 8000), '127.0.0.1', () => console.log('Ready.'));
}

main().catch((error: unknown) => {
  console.error(
    `The app does not start: ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exit(3);
});
