import type { Subnet } from '../network/arm/facts.ts';
import { nameOf, same } from '../network/arm/fields.ts';
import { storageIsListed } from '../network/arm/judge-computes.ts';
import { count } from './markdown.ts';
import type { Drawing } from './network-picture.ts';

/** The way out: by the firewall and its list; what is not so is red. */
export function drawFirewalls(
  drawing: Drawing,
  internet: string,
  subnets: ReadonlyMap<Subnet, string>,
): void {
  const { chart, facts, outputs, drawn } = drawing;
  const firewalls = facts.firewalls.flatMap(({ id }) => drawn.get(id.toLowerCase()) ?? []);
  for (const [{ name, routeTableId }, frame] of subnets) {
    const stray = drawing.found('way-out-by-firewall', `subnet ${name}`);
    if (stray.length > 0) {
      chart.edge(frame, '==>', internet, { label: 'not by the firewall', tone: 'hole' });
    } else if (routeTableId !== undefined) {
      for (const firewall of firewalls) chart.edge(frame, '-->', firewall);
    }
  }
  const wrong = drawing.found('egress-as-listed').length;
  const more = drawing.found('egress-not-listed').length;
  const inwards = drawing.found('no-dnat').length > 0;
  for (const firewall of firewalls) {
    const list = `allow-list, ${count(outputs.egress.length, 'row')}`;
    const way = inwards ? '' : ', nothing comes in';
    const label = wrong === 0 ? `${list}${way}` : `${list}, ${wrong} not as listed`;
    chart.edge(firewall, '-->', internet, { label, ...(wrong > 0 ? { tone: 'hole' } : {}) });
    if (more > 0) {
      const words = `${count(more, 'rule')} not on the list`;
      chart.edge(firewall, '==>', internet, { label: words, tone: 'hole' });
    }
    if (inwards) {
      chart.edge(internet, '==>', firewall, { label: 'DNAT leads inwards', tone: 'hole' });
    }
  }
}

/** Where no guard stands before storage, the list opens all of it: an exception of the verdict. */
export function drawListedStorage({ chart, facts, outputs, drawn }: Drawing): void {
  if (!storageIsListed(outputs)) return;
  const storage = chart.node(['Storage', 'every account of the region'], 'round');
  for (const { id } of facts.firewalls) {
    const firewall = drawn.get(id.toLowerCase());
    if (firewall !== undefined) chart.edge(firewall, '-->', storage, { tone: 'exception' });
  }
}

/** Ways in that are open on purpose: Bastion and Run Command. */
export function drawDoors(drawing: Drawing, internet: string): void {
  const { chart, facts, outputs, drawn } = drawing;
  const machine = (name: string): string | undefined => {
    const found = facts.machines.find((one) => same(one.name, name));
    return drawn.get(found?.id.toLowerCase() ?? '');
  };
  const probe = machine(outputs.probeName);
  if (probe !== undefined) {
    chart.edge(chart.node(['ARM'], 'round'), '-.->', probe, { label: 'Run Command' });
    const reached = drawing.foundLike('blocked-').length;
    const label = `${count(reached, 'host')} not on the list, reached`;
    if (reached > 0) chart.edge(probe, '==>', internet, { label, tone: 'hole' });
  }
  const jumpbox = machine(outputs.jumpboxName);
  for (const { name, sku } of facts.bastions) {
    const subject = `Bastion ${name}`;
    const door = chart.node([subject, sku ?? ''], 'round', drawing.isHole(subject));
    if (jumpbox !== undefined) chart.edge(door, '-.->', jumpbox, { label: 'desktop' });
  }
}

/** What a subnet reaches past the firewall, by a service endpoint. */
export function drawGuards({ chart, facts }: Drawing, subnets: ReadonlyMap<Subnet, string>): void {
  for (const [{ serviceEndpoints, endpointPolicyIds }, frame] of subnets) {
    if (serviceEndpoints.length === 0) continue;
    const allowed = facts.endpointPolicies
      .filter(({ id }) => endpointPolicyIds.some((one) => same(one, id)))
      .flatMap(({ allows }) => allows.flatMap(({ resources }) => resources.map(nameOf)));
    const reached = allowed.length === 0 ? ['every account'] : allowed;
    // in the node, since an edge may lie over its own label
    const label = ['by service endpoint', serviceEndpoints.join(', '), ...reached];
    chart.edge(frame, '-.->', chart.node(label, 'round'));
  }
}
