import { randomBytes } from 'node:crypto';
import { secretsOf } from '../secrets/registry.ts';
import type { StoredResource, World } from '../world.ts';
import { keptIn } from '../world.ts';
import { at, list, text, texts } from './json-fields.ts';
import { hostAddress } from './address.ts';

/** What runs inside: a virtual machine, a web app, or a node of an AML compute, by its ARM id. */
export interface Source {
  readonly kind: 'machine' | 'app' | 'compute';
  readonly id: string;
}

/** Where a source hangs in the network, read from what is deployed at that moment. */
export interface Attachment {
  /** Undefined: not in any network, so it goes out by the platform. */
  readonly subnet: StoredResource | undefined;
  readonly networkId: string | undefined;
  /** Its private address. */
  readonly address: string;
  /** Network interface, where it has one of its own. */
  readonly card: StoredResource | undefined;
  /** False: only private addresses go through the network, the rest leaves by the platform. */
  readonly routesAll: boolean;
  /** Whether it has a public address of its own to leave by. */
  readonly ownPublic: boolean;
}

/** The ARM id of the network that a subnet id lies in. */
export function networkOf(subnetId: string): string {
  return subnetId.replace(/\/subnets\/[^/]+$/i, '');
}

/** First IPv4 prefix of a subnet. */
export function subnetPrefix(subnet: StoredResource | undefined): string | undefined {
  return (
    texts(subnet?.properties, 'addressPrefixes')[0] ?? text(subnet?.properties, 'addressPrefix')
  );
}

function cardOf(world: World, machine: StoredResource | undefined): StoredResource | undefined {
  const cards = list(at(machine?.properties, 'networkProfile', 'networkInterfaces'));
  const primary = cards.find((card) => at(card, 'properties', 'primary') === true) ?? cards[0];
  return world.resources.get(text(primary, 'id') ?? '');
}

function attachMachine(world: World, id: string): Attachment {
  return attachCard(world, cardOf(world, world.resources.get(id)));
}

/** Where a network interface hangs. */
export function attachCard(world: World, card: StoredResource | undefined): Attachment {
  const configuration = list(card?.properties['ipConfigurations'])[0];
  const subnetId = text(configuration, 'properties', 'subnet', 'id');
  const subnet = world.resources.get(subnetId ?? '');
  const address = text(configuration, 'properties', 'privateIPAddress') ?? firstAddress(subnet);
  const ownPublic = publicAddressOf(world, card) !== undefined;
  return { subnet, networkId: network(subnet), address, card, routesAll: true, ownPublic };
}

/** The public address of a network interface, where it has one. */
export function publicAddressOf(
  world: World,
  card: StoredResource | undefined,
): string | undefined {
  for (const configuration of list(card?.properties['ipConfigurations'])) {
    const id = text(configuration, 'properties', 'publicIPAddress', 'id');
    const found = id === undefined ? undefined : world.resources.get(id);
    if (found !== undefined) return text(found.properties, 'ipAddress') ?? '0.0.0.0';
  }
  return undefined;
}

/** The network interface that holds a private address, of whatever machine. */
export function cardAt(
  world: World,
  networkId: string,
  address: string,
): StoredResource | undefined {
  return world.resources.ofType('Microsoft.Network/networkInterfaces').find((card) =>
    list(card.properties['ipConfigurations']).some((one) => {
      const subnetId = text(one, 'properties', 'subnet', 'id');
      return (
        text(one, 'properties', 'privateIPAddress') === address &&
        subnetId !== undefined &&
        networkOf(subnetId).toLowerCase() === networkId.toLowerCase()
      );
    }),
  );
}

/** The machine that a network interface belongs to. */
export function machineOfCard(world: World, card: StoredResource): StoredResource | undefined {
  return world.resources
    .ofType('Microsoft.Compute/virtualMachines')
    .find((machine) =>
      list(at(machine.properties, 'networkProfile', 'networkInterfaces')).some(
        (one) => text(one, 'id')?.toLowerCase() === card.id.toLowerCase(),
      ),
    );
}

function network(subnet: StoredResource | undefined): string | undefined {
  return subnet === undefined ? undefined : networkOf(subnet.id);
}

function firstAddress(subnet: StoredResource | undefined): string {
  const prefix = subnetPrefix(subnet);
  return prefix === undefined ? '0.0.0.0' : hostAddress(prefix, 0);
}

/** App Service has had three places for "all traffic into the network"; each still counts. */
function appRoutesAll(app: StoredResource | undefined): boolean {
  return [
    at(app?.properties, 'vnetRouteAllEnabled'),
    at(app?.properties, 'siteConfig', 'vnetRouteAllEnabled'),
    at(app?.properties, 'outboundVnetRouting', 'allTraffic'),
  ].includes(true);
}

function attachApp(world: World, id: string): Attachment {
  const app = world.resources.get(id);
  const subnet = world.resources.get(text(app?.properties, 'virtualNetworkSubnetId') ?? '');
  return {
    subnet,
    networkId: network(subnet),
    address: firstAddress(subnet),
    card: undefined,
    routesAll: appRoutesAll(app),
    ownPublic: false,
  };
}

function attachCompute(world: World, id: string): Attachment {
  const compute = world.resources.get(id);
  const subnetId = text(compute?.properties, 'properties', 'subnet', 'id');
  const subnet = world.resources.get(subnetId ?? '');
  return {
    subnet,
    networkId: network(subnet),
    address: firstAddress(subnet),
    card: undefined,
    routesAll: true,
    ownPublic: at(compute?.properties, 'properties', 'enableNodePublicIp') !== false,
  };
}

/** Where the source hangs now. A source whose network interface or subnet is gone has no subnet. */
export function attach(world: World, source: Source): Attachment {
  if (source.kind === 'machine') return attachMachine(world, source.id);
  return source.kind === 'app' ? attachApp(world, source.id) : attachCompute(world, source.id);
}

/** What a started process proves to the inside proxy that it is. */
export interface Pass {
  readonly user: string;
  readonly password: string;
}

/** A process with a pass. */
export interface Admitted {
  readonly password: string;
  readonly source: Source;
  /** Whether a connection that is not let through ends as it does on a wire, and nobody says why. */
  readonly untold: boolean;
}

function passes(world: World): Map<string, Admitted> {
  return keptIn(world, 'passes', () => new Map<string, Admitted>());
}

/**
 * Gives a process that is about to start "in" the network its proxy credentials. `untold`: it is to
 * meet closed ways as it would without a proxy.
 */
export function admit(world: World, source: Source, untold = false): Pass {
  const pass = {
    user: `m${randomBytes(6).toString('hex')}`,
    password: randomBytes(12).toString('hex'),
  };
  passes(world).set(pass.user, { password: pass.password, source, untold });
  secretsOf(world).file('inside proxy password', pass.password);
  return pass;
}

/** Ends the credentials of a process that has ended. */
export function dismiss(world: World, pass: Pass): void {
  passes(world).delete(pass.user);
}

/** Who presents these credentials, or undefined where they are wrong. */
export function admittedAs(world: World, user: string, password: string): Admitted | undefined {
  const admitted = passes(world).get(user);
  return admitted?.password === password ? admitted : undefined;
}
