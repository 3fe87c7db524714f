import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { selfSigned } from '../../../local-azure/provider/plugin/certificate.ts';
import { MemoryArm } from './memory-arm.ts';

/** A `MemoryArm` behind a CONNECT proxy that ends TLS, and the environment that leads to it. */
export interface ArmServer {
  readonly arm: MemoryArm;
  readonly environment: Record<string, string>;
  /** Milliseconds that every PUT takes. */
  delay: number;
  close(): void;
}

const HOSTS = ['management.azure.com', 'login.microsoftonline.com'];

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function environmentFor(port: number, authority: string): Record<string, string> {
  return {
    HTTPS_PROXY: `http://127.0.0.1:${String(port)}`,
    SSL_CERT_FILE: authority,
    ARM_USE_OIDC: 'true',
    ARM_CLIENT_ID: '00000000-0000-0000-0000-0000000000cc',
    ARM_TENANT_ID: '00000000-0000-0000-0000-00000000000a',
    ARM_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000001',
    ARM_OIDC_REQUEST_URL: `http://127.0.0.1:${String(port)}/id-token`,
    ARM_OIDC_REQUEST_TOKEN: 'request-token',
    GO_AZURE_SDK_SKIP_POLLING_DELAY: 'true',
    CHECKPOINT_DISABLE: 'true',
  };
}

/** Starts the server on a free port of the loopback interface. */
export async function serveArm(): Promise<ArmServer> {
  const arm = new MemoryArm();
  const own = selfSigned(HOSTS);
  const folder = mkdtempSync(join(tmpdir(), 'arm-server-'));
  const authority = join(folder, 'authority.pem');
  writeFileSync(authority, own.certificate);
  const result = { arm, delay: 0 };
  const handle = async (
    request: IncomingMessage,
    response: ServerResponse,
    host: string,
  ): Promise<void> => {
    const url = new URL(request.url ?? '/', host);
    const answer = arm.answer({
      method: request.method ?? 'GET',
      url,
      body: await bodyOf(request),
    });
    if (request.method === 'PUT') await pause(result.delay, undefined, { ref: false });
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.body);
  };
  const inside = createTlsServer({ key: own.key, cert: own.certificate }, (request, response) => {
    void handle(request, response, `https://${request.headers.host ?? ''}`);
  });
  const proxy = createServer(
    (request, response) => void handle(request, response, 'http://127.0.0.1'),
  );
  const sockets = new Set<Socket>();
  proxy.on('connect', (_request, socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    inside.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
    proxy.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  };
  const { port } = proxy.address() as AddressInfo;
  return Object.assign(result, { environment: environmentFor(port, authority), close });
}
