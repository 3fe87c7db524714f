import { request, type IncomingMessage } from 'node:http';
import { addressOf } from '../../entrance/public-access.ts';
import type { Answer, Call } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { appOf, platformNote } from './app.ts';
import { runningProcess } from './lifecycle.ts';
import type { AppProcess } from './app.ts';
import { isClosed } from './access-restrictions.ts';

/** The longest a request may take; App Service's front end cuts off at about 230 s. */
const longest = 230_000;

/** The site behind `<name>.azurewebsites.net`, or undefined. */
export function siteAt(world: World, host: string): StoredResource | undefined {
  const name = host.split('.')[0]?.toLowerCase();
  return world.resources
    .ofType('Microsoft.Web/sites')
    .find((site) => site.name.toLowerCase() === name);
}

function page(status: number, title: string, text: string, headers = {}): Answer {
  const body =
    `<!DOCTYPE html>\r\n<html lang="en">\r\n<head>\r\n<title>${title}</title>\r\n</head>\r\n` +
    `<body>\r\n<h1>${title}</h1>\r\n<p>${text}</p>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { 'content-type': 'text/html', ...headers }, body };
}

/** The platform's refusal, with its own reason phrase and the caller's address (microsoft/clarity#1133). */
export function forbidden(call: Call): Answer {
  const answer = page(
    403,
    'Error 403 - Forbidden',
    'The web app you have attempted to reach has blocked your access.',
    { 'x-ms-forbidden-ip': addressOf(call) },
  );
  return { ...answer, reason: 'Ip Forbidden' };
}

/** Answers whatever is asked of a site's host name: the app's answer, or one of the platform's own pages. */
export async function answerSite(call: Call, world: World): Promise<Answer> {
  const site = siteAt(world, call.host);
  if (site === undefined)
    return page(404, 'Error 404 - Web app not found', 'There is no such app.');
  if (isClosed(site, 'main', call)) return forbidden(call);
  const app = appOf(world, site);
  if (app.stopped || site.properties['enabled'] === false) {
    return page(403, 'Error 403 - This web app is stopped.', 'The web app is currently stopped.');
  }
  if (app.folder === undefined) {
    return page(200, 'Your web app is running and waiting for your content', 'No code yet.');
  }
  const process = await runningProcess(world, site);
  if (process === undefined) return unavailable();
  try {
    return await forward(call, process);
  } catch (error) {
    platformNote(world, app, `A request was not answered: ${String(error)}.`);
    return page(502, 'Error 502 - Bad Gateway', 'The web app gave no answer.');
  }
}

function unavailable(): Answer {
  return page(
    503,
    'Application Error',
    'If you are the application administrator, you can access the diagnostic resources.',
  );
}

/** Headers that belong to one connection (RFC 9110, 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

function passedOn(call: Call): Record<string, string> {
  const kept = Object.entries(call.headers).filter(([name]) => !hopByHop.has(name));
  return {
    ...Object.fromEntries(kept),
    'x-forwarded-proto': 'https',
    'x-forwarded-for':
      call.vantage === 'inside' ? (call.clientAddress ?? '10.0.0.0') : addressOf(call),
    'x-appservice-proto': 'https',
    'content-length': String(call.rawBody.length),
  };
}

function forward(call: Call, process: AppProcess): Promise<Answer> {
  const query = call.query.toString();
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: process.port,
        method: call.method,
        path: query === '' ? call.path : `${call.path}?${query}`,
        headers: passedOn(call),
        timeout: longest,
        agent: false,
      },
      (response) => void answered(response).then(resolve, reject),
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', reject);
    outgoing.end(call.rawBody);
  });
}

async function answered(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const headers = Object.entries(response.headers)
    .filter(([name]) => !hopByHop.has(name) && name !== 'content-length')
    .map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]);
  return {
    status: response.statusCode ?? 502,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: Buffer.concat(chunks),
  };
}
