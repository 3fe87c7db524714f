import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seedSubscription } from './arm/seed.ts';
import { createBlobService, type BlobService } from './azurite/process.ts';
import { createWorld } from './create-world.ts';
import { createAuthority, type Authority } from './entrance/authority.ts';
import type { Door } from './entrance/dispatch.ts';
import { createHandler, type Desk } from './entrance/exchange.ts';
import { openProxy, serves } from './entrance/proxy.ts';
import { createServing } from './entrance/serving.ts';
import { signingKeyOf } from './entrance/signing-key.ts';
import { environmentOf } from './environment.ts';
import { createFaults, type Faults } from './faults.ts';
import { endPrograms } from './inside/process.ts';
import { startInsideProxy, type Services } from './inside/proxy.ts';
import { openJournal, type Journal } from './journal.ts';
import { EXCHANGE_AUDIENCE, GITHUB_ISSUER } from './operations/entra/assertion.ts';
import { followAccounts } from './operations/blob/account.ts';
import { createDispatch } from './operations/deployments/dispatching.ts';
import { registerApplication } from './operations/entra/directory.ts';
import { issueRuntimeToken } from './operations/github/runtime-token.ts';
import { createWorkflowRun } from './operations/github/workflow-run.ts';
import { operations } from './operations/index.ts';
import { settle, type LocalAzureOptions, type Settled } from './options.ts';
import { chooseProvider } from './provider-choice.ts';
import { createRouter } from './router.ts';
import { secretsOf, type Secrets } from './secrets/registry.ts';
import type { World } from './world.ts';

/** A running Local Azure. */
export interface LocalAzure {
  /** Variables for programs that are to use it; see environment.ts. */
  readonly environment: Readonly<Record<string, string>>;
  readonly proxyUrl: string;
  /** PEM file of the authority that vouches for every host. */
  readonly authorityFile: string;
  readonly world: World;
  readonly journal: Journal;
  readonly faults: Faults;
  /** Everything that is secret in it, and nobody may print. */
  readonly secrets: Secrets;
  /** Which azurerm Terraform gets. */
  readonly provider: 'stand-in' | 'real' | 'none';
  /** The journal's stages in which a service played something instead of doing it (event `played`). */
  played(): readonly string[];
  /** True where an operation answers for this host now. */
  serves(host: string): boolean;
  /** Takes a connection from another door; bytes already read must have been put back. */
  accept(socket: Socket, door: Door): void;
  /** Ends it as a machine that dies: connections are cut, children killed, its folder removed. */
  stop(): Promise<void>;
}

/**
 * Starts Local Azure in this process. Nothing it does needs or reaches the internet; everything of
 * it is gone after `stop`.
 */
export async function start(given: LocalAzureOptions = {}): Promise<LocalAzure> {
  const options = settle(given);
  const folder = await privateFolder(options.folder);
  const authority = createAuthority();
  const blobs = createBlobService(authority, folder);
  // A process that ends without `stop` must not leave its folder either; a killed one does.
  const sweep = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', sweep);
  const release = async (): Promise<void> => {
    await blobs.stop();
    await rm(folder, { recursive: true, force: true });
    process.off('exit', sweep);
  };
  try {
    return await assemble({ options, folder, authority, blobs, release });
  } catch (error) {
    await release();
    throw error;
  }
}

interface Parts {
  readonly options: Settled;
  readonly folder: string;
  readonly authority: Authority;
  readonly blobs: BlobService;
  /** Gives back what was taken before anything was assembled. */
  release(): Promise<void>;
}

async function assemble({
  options,
  folder,
  authority,
  blobs,
  release,
}: Parts): Promise<LocalAzure> {
  const world = populate(options, folder);
  const run = createWorkflowRun(world, options);
  world.data.set('blob-service', blobs);
  followAccounts(world);
  const authorityFile = join(folder, 'authority.pem');
  const router = createRouter(operations);
  const faults = createFaults(options.faults);
  world.data.set('dispatch', createDispatch(router, world, faults));
  const [provider] = await Promise.all([
    chooseProvider(options, folder),
    writeFile(authorityFile, authority.certificate),
    signingKeyOf(world, 'entra'),
    signingKeyOf(world, 'github'),
  ]);
  const journal = openJournal(options.journalFile ?? join(folder, 'journal.ndjson'));
  const played = new Set<string>();
  world.events.on('played', () => played.add(journal.stage));
  const doors = await openDoors({ router, world, journal, faults }, authority, authorityFile);
  const { proxyUrl, services } = doors;
  const runtimeToken = await issueRuntimeToken(world);
  const places = { proxyUrl, authorityFile, runtimeToken, ...provider };
  const environment = environmentOf(options, run, places);
  const stop = async (): Promise<void> => {
    doors.cut();
    await endPrograms(world);
    await Promise.all([doors.close(), journal.close()]);
    await release();
  };
  return {
    ...{ environment, proxyUrl, authorityFile, world, journal, faults, stop },
    ...services,
    secrets: secretsOf(world),
    provider: provider.kind,
    played: () => [...played],
  };
}

/** The ways in: the proxy for everybody, and the one for what runs inside the network. */
interface Doors {
  readonly proxyUrl: string;
  readonly services: Services;
  /** Cuts every connection from outside, at once and without an answer. */
  cut(): void;
  close(): Promise<void>;
}

async function openDoors(desk: Desk, authority: Authority, authorityFile: string): Promise<Doors> {
  const { router, world, journal } = desk;
  const handler = createHandler(desk);
  const serving = createServing(authority, handler);
  const services: Services = {
    serves: (host) => serves(router, world, host),
    accept: (socket, door) => serving.accept(socket, door),
  };
  const proxy = await openProxy({ router, world, journal, serving, handler });
  const inside = await startInsideProxy(world, { services, authorityFile });
  const cut = (): void => {
    proxy.close();
    serving.close();
  };
  return { proxyUrl: proxy.url, services, cut, close: () => inside.close() };
}

async function privateFolder(parent: string | undefined): Promise<string> {
  if (parent !== undefined) await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent ?? tmpdir(), 'local-azure-'));
}

/** The world before anybody deploys: a subscription, and the deployer as an application. */
function populate(options: Settled, folder: string): World {
  const { tenantId, subscriptionId, pace, clock } = options;
  const world = createWorld({
    tenantId,
    subscriptionId,
    folder,
    pace,
    ...(clock === undefined ? {} : { clock }),
  });
  world.data.set('tokenLifetimeSeconds', options.tokenLifetimeSeconds);
  world.data.set('deployerObjectId', options.deployerObjectId);
  registerApplication(world, {
    clientId: options.clientId,
    objectId: options.deployerObjectId,
    credentials: options.federatedSubjects.map((subject) => ({
      issuer: GITHUB_ISSUER,
      audience: EXCHANGE_AUDIENCE,
      subject,
    })),
  });
  seedSubscription(world, options.deployerRole);
  return world;
}
