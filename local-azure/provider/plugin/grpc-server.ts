import type {
  Http2Server,
  ServerHttp2Stream,
  ServerHttp2Session,
  IncomingHttpHeaders,
} from 'node:http2';
import { constants, createSecureServer, createServer } from 'node:http2';
import { decode, encode } from './protobuf.ts';
import type { Message } from './protobuf.ts';
import { procedures } from './messages.ts';
import type { ProcedureName } from './messages.ts';
import type { OwnCertificate } from './certificate.ts';

/** Answers one call. `aborted` fires when the caller gives the call up. */
export type Handler = (request: Message, aborted: AbortSignal) => Message | Promise<Message>;
export type Handlers = Partial<Record<ProcedureName, Handler>>;

const UNIMPLEMENTED = 12;
const INTERNAL = 13;

function frame(payload: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(payload.length, 1);
  return Buffer.concat([prefix, payload]);
}

async function collect(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function finish(stream: ServerHttp2Stream, status: number, payload?: Buffer, text = ''): void {
  if (stream.destroyed) return;
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.once('wantTrailers', () => {
    const message = text === '' ? {} : { 'grpc-message': encodeURIComponent(text) };
    stream.sendTrailers({ 'grpc-status': String(status), ...message });
  });
  stream.end(payload === undefined ? undefined : frame(payload));
}

function abortOf(stream: ServerHttp2Stream): AbortSignal {
  const controller = new AbortController();
  stream.once('aborted', () => controller.abort());
  return controller.signal;
}

async function answer(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  handlers: Handlers,
): Promise<void> {
  const name = (headers[':path'] ?? '').split('/').pop() as ProcedureName;
  const handler = handlers[name];
  const body = await collect(stream);
  if (handler === undefined)
    return finish(stream, UNIMPLEMENTED, undefined, `${name} is not offered.`);
  const shapes = procedures[name];
  try {
    const request = decode(shapes.request, body.subarray(5));
    const response = await handler(request, abortOf(stream));
    finish(stream, 0, encode(shapes.response, response));
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${name}: ${text}\n`);
    finish(stream, INTERNAL, undefined, text);
  }
}

/**
 * A gRPC server for unary calls over HTTP/2. With `tls`, callers must show the certificate
 * `clientCertificate` (PEM); without it the server speaks plain HTTP/2.
 */
export function grpcServer(
  handlers: Handlers,
  tls?: OwnCertificate,
  clientCertificate?: string,
): Http2Server {
  const settings = { settings: { initialWindowSize: 4 * 1024 * 1024 } };
  const server =
    tls === undefined
      ? createServer(settings)
      : createSecureServer({
          ...settings,
          key: tls.key,
          cert: tls.certificate,
          ca: clientCertificate,
          requestCert: true,
          rejectUnauthorized: true,
        });
  server.on('session', (session: ServerHttp2Session) =>
    session.on('error', () => session.destroy()),
  );
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => stream.close(constants.NGHTTP2_CANCEL));
    answer(stream, headers, handlers).catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  });
  return server;
}
