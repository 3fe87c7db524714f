import type { Evidence } from '../evidence.ts';
import { isWithin, nameOf, same } from './fields.ts';
import type { Facts } from './facts.ts';
import { each, judged, row } from './verdict.ts';

/** The firewall holds the only public address; no interface has one. */
export function judgeAddresses(facts: Facts): readonly Evidence[] {
  return [
    ...each('no-public-address', 'network interfaces', facts.interfaces, (one) => {
      const subject = `network interface ${one.name}`;
      if (one.publicAddressIds === undefined) {
        return row('no-public-address', subject, 'unproven', 'ARM lists no ip configuration');
      }
      const wrong = [
        ...one.publicAddressIds.map((id) => `has the public address ${nameOf(id)}`),
        // a balancer has the address in its stead
        ...one.behind.map((id) => `stands behind ${shortOf(id)}`),
      ];
      return judged('no-public-address', subject, wrong, 'no public address');
    }),
    ...elsewhere(facts),
    ...each('one-public-address', 'public addresses', facts.publicAddresses, (one) => {
      const { address = 'not assigned', holder } = one;
      const byFirewall = facts.firewalls.some(({ id }) => isWithin(holder ?? '', id));
      const wrong = byFirewall ? [] : [`${address} is held by ${holderName(holder)}`];
      return judged(
        'one-public-address',
        `public address ${one.name}`,
        wrong,
        `${address} is the firewall's`,
      );
    }),
  ];
}

function holderName(holder: string | undefined): string {
  if (holder === undefined) return 'nobody yet';
  return shortOf(holder).replace(/\/[^/]*ipConfigurations\/.*$/i, '');
}

function shortOf(id: string): string {
  return id.replace(/^.*\/providers\//i, '');
}

/** Interfaces of machines that stand in another group, where nobody looks at them. */
function elsewhere({ machines, interfaces }: Facts): readonly Evidence[] {
  return machines.flatMap(({ name, interfaceIds }) =>
    interfaceIds
      .filter((id) => !interfaces.some((one) => same(one.id, id)))
      .map((id) =>
        row('no-public-address', `machine ${name}`, 'unproven', `has ${id}, of another group`),
      ),
  );
}
