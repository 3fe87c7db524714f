import { createHash } from 'node:crypto';
import { connect, createServer, type AddressInfo } from 'node:net';
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

/** The longest an app may take from its start to its open port; App Service's own limit is 230 s. */
const patience = 60_000;

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

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve((socket.destroy(), true)));
    socket.once('error', () => resolve(false));
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
  app.startedWith = fingerprint(site);
  const { variables, references } = environmentOf(world, site, settings);
  app.references = { ...references };
  const port = await freePort();
  const start = await startOf(folder, settings, port);
  if ('impossible' in start) {
    platformNote(world, app, `The app was not started: ${start.impossible}.`);
    return;
  }
  platformNote(world, app, `Starting the app on port ${port}.`);
  const running = await startProgram(world, {
    source: { kind: 'app', id: site.id },
    command: start.command,
    args: start.args,
    folder,
    variables: { ...variables, ...start.variables, PORT: String(port) },
    onOutput: (_stream, bytes) => note(app, bytes.toString('utf8')),
  });
  app.process = watched(world, app, { running, port });
}

function watched(
  world: World,
  app: App,
  started: Pick<AppProcess, 'running' | 'port'>,
): AppProcess {
  const begun = Date.now();
  const one: AppProcess = {
    ...started,
    startedAt: world.clock.now(),
    alive: true,
    ready: Promise.resolve().then(() => untilOpen()),
  };
  const untilOpen = async (): Promise<boolean> => {
    while (one.alive && Date.now() - begun < patience) {
      if (await accepts(one.port)) return true;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return false;
  };
  void one.running.ended.then(({ exitCode }) => {
    one.alive = false;
    if (app.process === one) platformNote(world, app, `The app ended with exit code ${exitCode}.`);
  });
  return one;
}

/** Starts or restarts the app of a site with its configuration of now; nothing where nothing was deployed. */
export function restartApp(world: World, site: StoredResource): Promise<void> {
  const app = appOf(world, site);
  watch(world);
  return inTurn(world, app, () => startNow(world, site, app));
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
