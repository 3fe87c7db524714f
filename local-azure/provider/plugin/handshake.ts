import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from './certificate.ts';
import { grpcServer } from './grpc-server.ts';
import type { Handlers } from './grpc-server.ts';

const COOKIE = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2';

/** Ends this process when the one that started it is gone: an orphan would hold its socket forever. */
function watchParent(leave: () => void): void {
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || leave(), 1000).unref();
}

/**
 * Serves `handlers` to the Terraform that started this process, by HashiCorp's go-plugin handshake:
 * a unix socket, mutual TLS where Terraform sent its certificate, and one line on standard output.
 */
export function servePlugin(handlers: Handlers, env: NodeJS.ProcessEnv): void {
  if (env['TF_PLUGIN_MAGIC_COOKIE'] !== COOKIE) {
    process.stderr.write('This is a Terraform provider: Terraform starts it, nobody else does.\n');
    process.exit(1);
  }
  const folder = mkdtempSync(join(tmpdir(), 'plugin-'));
  const leave = (): never => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  };
  // Terraform's whole group gets the terminal's signal; Terraform itself then sends Stop.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', leave);
  watchParent(leave);
  const clientCertificate = env['PLUGIN_CLIENT_CERT'];
  const own = clientCertificate === undefined ? undefined : selfSigned();
  const shutdown = (): Record<string, never> => {
    setTimeout(leave, 10);
    return {};
  };
  const server = grpcServer({ ...handlers, Shutdown: shutdown }, own, clientCertificate);
  const socket = join(folder, 'p.sock');
  server.listen(socket, () => {
    const certificate = own === undefined ? '' : own.der.toString('base64').replace(/=+$/, '');
    process.stdout.write(`1|5|unix|${socket}|grpc|${certificate}\n`);
  });
}
