import type { StoredResource, World } from '../world.ts';
import { powerOf } from '../operations/run-command/power.ts';
import { outsideAddress } from '../entrance/public-access.ts';
import { inPortRange, inRange, prefixLength } from './address.ts';
import { collectionsOf, sourceMatches } from './firewall.ts';
import { cardBars, isGuarded } from './inbound.ts';
import { list, number, text, texts } from './json-fields.ts';
import { endpointAddresses } from './names.ts';
import type { Flow } from './security-groups.ts';
import { cardAt, machineOfCard, networkOf } from './source.ts';

/** What becomes of a TCP connection from the internet to a public address. */
export type Arrival =
  | { readonly reached: true; readonly what: string }
  | { readonly reached: false; readonly reason: string };

interface Knock {
  readonly from: string;
  /** The public address that is knocked at. */
  readonly to: string;
  readonly port: number;
}

/**
 * Decides about a TCP connection from the internet to a public address or to the name of one: it
 * gets through by a DNAT rule of the firewall that holds the address, or where the address sits on
 * a machine's interface, and either way past the security groups of that machine. Whatever a
 * machine that runs may be reached at, it is taken to answer at.
 */
export function arrive(
  world: World,
  target: string,
  port: number,
  from: string = outsideAddress,
): Arrival {
  const held = publicAddresses(world).find((one) => namesOf(one).includes(target.toLowerCase()));
  const to = text(held?.properties, 'ipAddress');
  if (held === undefined || to === undefined) return closed('nobody here has this address');
  const knock = { from, to, port };
  const [firewall] = holders(world, 'Microsoft.Network/azureFirewalls', held);
  if (firewall !== undefined) return atFirewall(world, firewall, knock);
  const [card] = holders(world, 'Microsoft.Network/networkInterfaces', held);
  if (card !== undefined) return atCard(world, card, held, knock);
  return closed('nothing that answers holds this address');
}

/** Whether a name or an address is one of the public addresses that are deployed. */
export function isPublicAddress(world: World, target: string): boolean {
  return publicAddresses(world).some((one) => namesOf(one).includes(target.toLowerCase()));
}

function publicAddresses(world: World): readonly StoredResource[] {
  return world.resources.ofType('Microsoft.Network/publicIPAddresses');
}

/** Its address, and its name in DNS where it was given a label. */
function namesOf(address: StoredResource): readonly string[] {
  const label = text(address.properties, 'dnsSettings', 'domainNameLabel');
  const made =
    label === undefined ? undefined : `${label}.${address.location ?? ''}.cloudapp.azure.com`;
  const names = [
    text(address.properties, 'ipAddress'),
    text(address.properties, 'dnsSettings', 'fqdn') ?? made,
  ];
  return names.filter((name) => name !== undefined).map((name) => name.toLowerCase());
}

function closed(reason: string): Arrival {
  return { reached: false, reason };
}

function configurationsWith(holder: StoredResource, address: StoredResource): readonly unknown[] {
  return list(holder.properties['ipConfigurations']).filter(
    (one) =>
      text(one, 'properties', 'publicIPAddress', 'id')?.toLowerCase() === address.id.toLowerCase(),
  );
}

function holders(world: World, type: string, address: StoredResource): readonly StoredResource[] {
  return world.resources
    .ofType(type)
    .filter((holder) => configurationsWith(holder, address).length > 0);
}

/** NAT rules come before all others, and what they translate needs no further rule. */
function atFirewall(world: World, firewall: StoredResource, knock: Knock): Arrival {
  const policy = text(firewall.properties, 'firewallPolicy', 'id');
  const rule = collectionsOf(world, policy)
    .filter(({ kind }) => kind === 'nat')
    .flatMap(({ rules }) => rules)
    .find((one) => translates(world, one, knock));
  if (rule === undefined) return closed(`no NAT rule of ${firewall.name} leads further`);
  const [configuration] = list(firewall.properties['ipConfigurations']);
  const network = networkOf(text(configuration, 'properties', 'subnet', 'id') ?? '');
  const to = text(rule, 'translatedAddress');
  // A name, or an address out in the world, is somebody else's to close.
  if (to === undefined) return reached(text(rule, 'translatedFqdn') ?? 'somewhere');
  // What a NAT rule lets in comes from the firewall's own subnet (techcommunity.microsoft.com,
  // "Azure Firewall NAT Behaviors").
  const from = text(configuration, 'properties', 'privateIPAddress') ?? knock.from;
  const port = number(rule, knock.port, 'translatedPort');
  return atPrivateAddress(world, network, flowOf({ from, to, port }));
}

function translates(world: World, rule: unknown, knock: Knock): boolean {
  const protocols = texts(rule, 'ipProtocols').map((one) => one.toUpperCase());
  return (
    (protocols.includes('TCP') || protocols.includes('ANY')) &&
    texts(rule, 'destinationAddresses').some((one) => covers(one, knock.to)) &&
    texts(rule, 'destinationPorts').some((range) => inPortRange(knock.port, range)) &&
    sourceMatches(world, rule, knock)
  );
}

function covers(target: string, address: string): boolean {
  return target === '*' || (prefixLength(target) >= 0 && inRange(address, target));
}

function flowOf(knock: Knock): Flow {
  return { ...knock, host: undefined, protocol: 'TCP', speaks: 'https' };
}

/** A private endpoint is not subject to security groups unless its subnet says so, which is left out here. */
function atPrivateAddress(world: World, networkId: string, flow: Flow): Arrival {
  const endpoint = world.resources
    .ofType('Microsoft.Network/privateEndpoints')
    .find((one) => endpointAddresses(world, one).includes(flow.to));
  if (endpoint !== undefined) return reached(`private endpoint ${endpoint.name}`);
  const card = cardAt(world, networkId, flow.to);
  return card === undefined
    ? closed(`nothing has the address ${flow.to}`)
    : atMachine(world, card, flow);
}

/** A Standard address is shut until a group lets somebody in; a Basic one was open without a group. */
function atCard(
  world: World,
  card: StoredResource,
  address: StoredResource,
  knock: Knock,
): Arrival {
  const [configuration] = configurationsWith(card, address);
  const to = text(configuration, 'properties', 'privateIPAddress') ?? '';
  const standard = text(address.sku, 'name')?.toLowerCase() !== 'basic';
  if (standard && !isGuarded(world, card, to)) {
    return closed('no security group lets anybody in to a Standard address');
  }
  return atMachine(world, card, flowOf({ ...knock, to }));
}

function atMachine(world: World, card: StoredResource, flow: Flow): Arrival {
  const barred = cardBars(world, card, flow);
  if (barred !== undefined) return closed(`inbound traffic stopped by ${barred}`);
  const machine = machineOfCard(world, card);
  if (machine === undefined) return closed(`no machine has the interface ${card.name}`);
  return powerOf(machine) === 'running' ? reached(machine.name) : closed(`${machine.name} is off`);
}

function reached(what: string): Arrival {
  return { reached: true, what };
}
