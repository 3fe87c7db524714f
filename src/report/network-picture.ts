import type { Facts, Subnet } from '../network/arm/facts.ts';
import { isWithin, nameOf, same } from '../network/arm/fields.ts';
import { servicesOf } from '../network/arm/judge-access.ts';
import type { Evidence } from '../network/evidence.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { flowchart } from './mermaid.ts';
import type { Flowchart } from './mermaid.ts';
import { drawDoors, drawFirewalls, drawGuards, drawListedStorage } from './network-ways.ts';

/** What the parts of the picture share while it is drawn. */
export interface Drawing {
  readonly chart: Flowchart;
  readonly facts: Facts;
  readonly outputs: Outputs;
  /** Marks the evidence about something as drawn, and says whether any of it is a hole. */
  isHole(subject: string, name?: string): boolean;
  /** The holes that a check has found; marks them as drawn. */
  found(check: string, subject?: string): readonly Evidence[];
  /** The same for all checks whose names begin so. */
  foundLike(start: string): readonly Evidence[];
  /** Ids of what has been drawn, by ARM id in lower case. */
  readonly drawn: Map<string, string>;
}

/** The network as a Mermaid picture, drawn from what ARM says; holes are red. */
export function networkPicture(
  facts: Facts,
  outputs: Outputs,
  evidence: readonly Evidence[],
): string {
  const holes = evidence.filter(({ result }) => result === 'hole');
  const shown = new Set<Evidence>();
  const mark = (some: readonly Evidence[]): readonly Evidence[] => {
    for (const one of some) shown.add(one);
    return some;
  };
  const chart = flowchart();
  const drawing: Drawing = {
    ...{ chart, facts, outputs, drawn: new Map<string, string>() },
    isHole: (subject, name) => mark(holes.filter((one) => isAbout(one, subject, name))).length > 0,
    found: (check, subject) =>
      mark(
        holes.filter(
          (one) => one.check === check && (subject === undefined || one.subject === subject),
        ),
      ),
    foundLike: (start) => mark(holes.filter(({ check }) => check.startsWith(start))),
  };
  const internet = chart.node(['Internet'], 'round');
  const subnets = drawNetwork(drawing);
  drawServices(drawing, internet);
  drawFirewalls(drawing, internet, subnets);
  drawListedStorage(drawing);
  drawDoors(drawing, internet);
  drawGuards(drawing, subnets);
  const left = holes.filter((one) => !shown.has(one));
  if (left.length > 0) {
    chart.frame('Holes elsewhere', () => {
      for (const { check, subject } of left.slice(0, 8)) chart.node([check, subject], 'box', true);
      if (left.length > 8) chart.node([`and ${left.length - 8} more`], 'box', true);
    });
  }
  return chart.done();
}

/** Evidence is about a thing where it names it, alone or with a part, or a host that begins with its name. */
function isAbout({ subject }: Evidence, thing: string, name?: string): boolean {
  const host = name === undefined ? undefined : `${name.toLowerCase()}.`;
  return (
    same(subject, thing) ||
    subject.toLowerCase().startsWith(`${thing.toLowerCase()}, `) ||
    (host !== undefined && subject.toLowerCase().startsWith(host))
  );
}

/** The networks of the group with what lives in their subnets; gives the frames of the subnets. */
function drawNetwork(drawing: Drawing): ReadonlyMap<Subnet, string> {
  const { chart, facts } = drawing;
  const frames = new Map<Subnet, string>();
  for (const network of facts.networks) {
    const title = `network ${network.name}, ${network.ranges.join(', ')}`;
    const content = (): void => {
      for (const subnet of network.subnets) {
        const words = `subnet ${subnet.name}, ${subnet.prefixes.join(', ')}`;
        const subject = `subnet ${subnet.name}`;
        frames.set(
          subnet,
          chart.frame(words, () => drawResidents(subnet, drawing), drawing.isHole(subject)),
        );
      }
    };
    chart.frame(title, content, drawing.isHole(`network ${network.name}`));
  }
  return frames;
}

function drawResidents({ id, name }: Subnet, drawing: Drawing): void {
  const { chart, facts } = drawing;
  const before = drawing.drawn.size;
  const draw = (key: string, label: readonly string[], isHole: boolean): void =>
    void drawing.drawn.set(key.toLowerCase(), chart.node(label, 'box', isHole));
  for (const one of facts.firewalls.filter(({ subnetIds }) => subnetIds.some((s) => same(s, id)))) {
    const addresses = facts.publicAddresses.filter(({ holder }) => isWithin(holder ?? '', one.id));
    const label = [
      `firewall ${one.name}`,
      one.privateAddresses.join(', '),
      ...addresses.map(({ address }) => `public ${address ?? 'address'}`),
    ];
    draw(one.id, label, drawing.isHole(`firewall ${one.name}`));
  }
  for (const one of facts.endpoints.filter(({ subnetId }) => same(subnetId, id))) {
    const addresses = facts.interfaces
      .filter(({ endpointId }) => same(endpointId, one.id))
      .flatMap((card) => card.addresses);
    const label = [`endpoint ${one.name}`, addresses.join(', ')];
    draw(one.id, label, drawing.isHole(`private endpoint ${one.name}`));
  }
  drawCards(id, drawing, draw);
  for (const one of facts.sites.filter(({ subnetId }) => same(subnetId, id))) {
    draw(one.id, [`web app ${one.name}`], drawing.isHole(`web app ${one.name}`, one.name));
  }
  for (const one of facts.computes.filter(({ subnetId }) => same(subnetId, id))) {
    draw(`compute ${one.name}`, [`compute ${one.name}`], drawing.isHole(`compute ${one.name}`));
  }
  // Mermaid draws a frame without content as a node of another shape
  if (drawing.drawn.size === before) draw(`nothing ${name}`, ['nothing in it'], false);
}

/** Interfaces with their machines; those of endpoints are drawn with these. */
function drawCards(
  subnetId: string,
  { facts, isHole }: Drawing,
  draw: (key: string, label: readonly string[], isHole: boolean) => void,
): void {
  const cards = facts.interfaces.filter((one) => same(one.subnetId, subnetId));
  for (const card of cards) {
    const endpoint = facts.endpoints.some(
      ({ id, interfaceIds }) =>
        same(id, card.endpointId) || interfaceIds.some((one) => same(one, card.id)),
    );
    const holed = isHole(`network interface ${card.name}`);
    if (endpoint && !holed) continue;
    const open = (card.publicAddressIds ?? []).map((id) => `public address ${nameOf(id)}`);
    const machine = card.machineId === undefined ? undefined : nameOf(card.machineId);
    const label = [machine === undefined ? `interface ${card.name}` : `machine ${machine}`];
    const byMachine = machine !== undefined && isHole(`machine ${machine}`);
    draw(card.machineId ?? card.id, [...label, ...card.addresses, ...open], holed || byMachine);
  }
}

/** The services with their endpoints, and the door to the internet that is shut, or red. */
function drawServices(drawing: Drawing, internet: string): void {
  const { chart, facts, drawn } = drawing;
  const services = servicesOf(facts);
  const open = services.filter(
    ({ kind, service }) => drawing.found('public-access-off', `${kind} ${service.name}`).length > 0,
  );
  const outside = services.filter(({ service }) => !drawn.has(service.id.toLowerCase()));
  const draw = (some: typeof services): void => {
    for (const { kind, service } of some) {
      const subject = `${kind} ${service.name}`;
      const node = chart.node([subject], 'box', drawing.isHole(subject, service.name));
      drawn.set(service.id.toLowerCase(), node);
    }
    if (some.length === 0) chart.node(['none listed']);
  };
  const loose = outside.filter((one) => open.includes(one));
  const shut = outside.filter((one) => !open.includes(one));
  const frame = chart.frame('Services', () => draw(shut));
  if (loose.length > 0) chart.frame('Services that answer the internet', () => draw(loose));
  for (const { id, links } of facts.endpoints) {
    const from = drawn.get(id.toLowerCase());
    for (const { targetId } of links) {
      const to = drawn.get(targetId.toLowerCase());
      if (from !== undefined && to !== undefined) chart.edge(from, '-->', to);
    }
  }
  if (shut.length > 0) {
    chart.edge(frame, 'x--x', internet, { label: 'public access off' });
  }
  for (const { service } of open) {
    const from = drawn.get(service.id.toLowerCase());
    if (from === undefined) continue;
    chart.edge(from, '<==>', internet, { label: 'public access on', tone: 'hole' });
  }
}
