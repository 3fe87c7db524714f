import type { Running } from '../../inside/process.ts';
import type { StoredResource, World } from '../../world.ts';
import { keptIn } from '../../world.ts';
import type { Reference } from './key-vault-references.ts';

/** What runs of a site now, kept beside its ARM resource. */
export interface App {
  readonly siteId: string;
  /** Folder of the deployed package; undefined before the first deployment. */
  folder: string | undefined;
  /** The process, while there is one. */
  process: AppProcess | undefined;
  /** Stopped by `POST …/stop`. */
  stopped: boolean;
  /** Digest of the configuration that the process was started with. */
  startedWith: string;
  /** Key Vault references as they were found last, by name of the variable; kept until a change or a refresh. */
  references: Record<string, Reference>;
  /** The newest lines of what platform and app wrote. */
  log: string;
  /** The last thing that was begun; starts and stops of one app follow each other. */
  turn: Promise<unknown>;
}

/** A started process of an app. */
export interface AppProcess {
  readonly running: Running;
  /** Loopback port at which the app is expected to listen. */
  readonly port: number;
  readonly startedAt: number;
  /** Resolves true once the process has answered, false where it ended before or was given up. */
  readonly ready: Promise<boolean>;
  /** Name of the container, as the log has it. */
  readonly container: string;
  alive: boolean;
}

/** Characters of log kept in memory. */
const kept = 200_000;

function apps(world: World): Map<string, App> {
  return keptIn(world, 'apps', () => new Map<string, App>());
}

/** The app of a site; made at the first question. */
export function appOf(world: World, site: StoredResource): App {
  const key = site.id.toLowerCase();
  const known = apps(world).get(key);
  if (known !== undefined) return known;
  const made: App = {
    siteId: site.id,
    folder: undefined,
    process: undefined,
    stopped: false,
    startedWith: '',
    references: {},
    log: '',
    turn: Promise.resolve(),
  };
  apps(world).set(key, made);
  return made;
}

/** The app of a site where anything has been done with it. */
export function knownApp(world: World, siteId: string): App | undefined {
  return apps(world).get(siteId.toLowerCase());
}

/** Forgets an app, for a site that is gone. */
export function forgetApp(world: World, siteId: string): void {
  knownApp(world, siteId)?.process?.running.kill();
  apps(world).delete(siteId.toLowerCase());
}

/** Adds to an app's log. */
export function note(app: App, text: string): void {
  app.log = (app.log + text).slice(-kept);
}

/** Adds a line of the platform's own, in the form that App Service gives it. */
export function platformNote(
  world: World,
  app: App,
  text: string,
  level: 'INFO ' | 'ERROR' = 'INFO ',
): void {
  const begins = app.log === '' || app.log.endsWith('\n') ? '' : '\n';
  note(app, `${begins}${new Date(world.clock.now()).toISOString()} ${level} - ${text}\n`);
}
