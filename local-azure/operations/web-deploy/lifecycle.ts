import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { startProgram, tracked } from '../../inside/process.ts';
import type { StoredResource, World } from '../../world.ts';
import {
  appOf,
  forgetApp,
  knownApp,
  note,
  platformNote,
  type App,
  type AppProcess,
} from './app.ts';
import { environmentOf } from './environment.ts';
import { startOf } from './runtime.ts';
import { settingsOf } from './site-settings.ts';

/**
 * The longest an app may take from its start to its first answer; App Service's own limit is 230 s. Real
 * milliseconds, as it is a real process; `startPatience` in the world's data says another number.
 */
function patienceOf(world: World): number {
  const told = world.data.get('startPatience');
  return typeof told === 'number' ? told : 230_000;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** App Service's own question to an app that starts; any answer will do (Azure/app-service-linux-docs, "robots933456"). */
function answers(port: number, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(
      { host: '127.0.0.1', port, path: '/robots933456.txt', agent: false, timeout },
      (answer) => {
        answer.resume();
        resolve(true);
      },
    );
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', () => resolve(false));
    asked.end();
  });
}

/** Whatever of the configuration a process would notice. */
function fingerprint(site: StoredResource): string {
  const parts = [settingsOf(site), site.identity ?? null];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** One after the other: a restart waits for the start before it. */
function inTurn<T>(world: World, app: App, work: () => Promise<T>): Promise<T> {
  const begun = (): Promise<T> => tracked(world, work);
  const next = app.turn.then(begun, begun);
  app.turn = next.catch(() => undefined);
  return next;
}

async function stopNow(app: App): Promise<void> {
  const { process } = app;
  app.process = undefined;
  process?.running.kill();
  await process?.running.ended;
}

async function startNow(world: World, site: StoredResource, app: App): Promise<void> {
  await stopNow(app);
  const folder = app.folder;
  if (folder === undefined || app.stopped) return;
  const settings = settingsOf(site);
  // A start with the same settings keeps what the references were; a change looks all of them up anew.
  const before = app.startedWith;
  app.startedWith = fingerprint(site);
  const known = before === app.startedWith ? app.references : {};
  const { variables, references } = environmentOf(world, site, settings, known);
  app.references = { ...references };
  const port = await freePort();
  const start = await startOf(folder, settings, port);
  if ('impossible' in start) {
    platformNote(world, app, `The app was not started: ${start.impossible}.`, 'ERROR');
    return;
  }
  const container = `${site.name.toLowerCase()}_0_${randomBytes(4).toString('hex')}`;
  platformNote(
    world,
    app,
    `Initiating warmup request to container ${container} for site ${site.name}`,
  );
  const running = await startProgram(world, {
    source: { kind: 'app', id: site.id },
    command: start.command,
    args: start.args,
    folder,
    variables: { ...variables, ...start.variables, PORT: String(port) },
    onOutput: (_stream, bytes) => note(app, bytes.toString('utf8')),
  });
  app.process = watched(world, app, { running, port, container }, site.name);
}

function watched(
  world: World,
  app: App,
  started: Pick<AppProcess, 'running' | 'port' | 'container'>,
  site: string,
): AppProcess {
  const one: AppProcess = {
    ...started,
    startedAt: world.clock.now(),
    alive: true,
    ready: Promise.resolve().then(() => untilReady(world, app, one, site)),
  };
  void one.running.ended.then(async ({ exitCode }) => {
    one.alive = false;
    if (!(await one.ready) || app.process !== one) return;
    platformNote(
      world,
      app,
      `Container ${one.container} has exited with code ${exitCode}`,
      'ERROR',
    );
  });
  return one;
}

/** Asks a process that starts until it answers; one that does not in time is given up and ended. */
async function untilReady(world: World, app: App, one: AppProcess, site: string): Promise<boolean> {
  const begun = Date.now();
  const is = `Container ${one.container} for site ${site}`;
  const say = (text: string, level?: 'ERROR'): void => {
    if (app.process === one) platformNote(world, app, text, level);
  };
  const left = (): number => begun + patienceOf(world) - Date.now();
  while (one.alive && left() > 0) {
    if (await answers(one.port, Math.min(left(), 5000))) {
      say(`${is} initialized successfully and is ready to serve requests.`);
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  // What the process wrote last arrives before its end does.
  if (!one.alive) await one.running.ended;
  const seconds = ((Date.now() - begun) / 1000).toFixed(3);
  say(
    one.alive
      ? `${is} did not start within expected time limit. Elapsed time = ${seconds} sec`
      : `${is} has exited, failing site start`,
    'ERROR',
  );
  say(
    `Container ${one.container} didn't respond to HTTP pings on port: 8000, failing site start. See container logs for debugging.`,
    'ERROR',
  );
  say(`Stopping site ${site} because it failed during startup.`);
  if (one.alive) one.running.kill();
  return false;
}

/** Starts or restarts the app of a site with its configuration of now; nothing where nothing was deployed. */
export function restartApp(world: World, site: StoredResource): Promise<void> {
  const app = appOf(world, site);
  watch(world);
  return inTurn(world, app, () => startNow(world, site, app));
}

/** Looks the Key Vault references up anew, and starts the app anew with them. */
export function refreshApp(world: World, site: StoredResource): Promise<void> {
  const app = appOf(world, site);
  watch(world);
  return inTurn(world, app, () => {
    app.references = {};
    return startNow(world, site, app);
  });
}

/** Puts another package in the place of what runs. */
export function exchangeApp(world: World, site: StoredResource, folder: string): Promise<void> {
  const app = appOf(world, site);
  watch(world);
  return inTurn(world, app, async () => {
    app.folder = folder;
    await startNow(world, site, app);
  });
}

/** Stops the app until it is started again. */
export function stopApp(world: World, site: StoredResource): Promise<void> {
  const app = appOf(world, site);
  app.stopped = true;
  return inTurn(world, app, () => stopNow(app));
}

/**
 * The running process of an app, once its start is over; an app that has ended by itself is started
 * once more, as App Service does at the next request.
 */
export async function runningProcess(
  world: World,
  site: StoredResource,
): Promise<AppProcess | undefined> {
  const app = appOf(world, site);
  await app.turn;
  if (app.process?.alive === false && mayStartAgain(world, app.process)) {
    await restartApp(world, site);
  }
  const { process } = app;
  if (process === undefined || !(await process.ready)) return undefined;
  return process.alive ? process : undefined;
}

/** App Service waits longer and longer between starts; here it is ten seconds, scaled. */
function mayStartAgain(world: World, process: AppProcess): boolean {
  return world.clock.now() - process.startedAt >= 10_000 * world.pace;
}

/** A changed setting restarts the app; a site that is gone takes its app with it. */
function watch(world: World): void {
  if (world.data.get('appsWatched') === true) return;
  world.data.set('appsWatched', true);
  const changed = (resource: StoredResource): void => {
    const siteId = /^.*\/providers\/Microsoft\.Web\/sites\/[^/]+/i.exec(resource.id)?.[0];
    const site = siteId === undefined ? undefined : world.resources.get(siteId);
    const app = site && knownApp(world, site.id);
    if (site === undefined || app?.folder === undefined) return;
    if (app.startedWith === fingerprint(site)) return;
    restartApp(world, site).catch((error: unknown) => {
      platformNote(world, app, `The app was not started again: ${String(error)}.`);
    });
  };
  world.events.on('created', changed);
  world.events.on('updated', changed);
  world.events.on('deleted', (resource: StoredResource) => {
    if (resource.type.toLowerCase() === 'microsoft.web/sites') forgetApp(world, resource.id);
  });
}
