import type { Facts } from './arm/facts.ts';
import { isWithin, same } from './arm/fields.ts';
import type { Residual } from './residual.ts';

/** What stands above or beside the group, where a reader of it does not see it. */
export const above: Residual = {
  name: 'What stands above the group',
  open: 'A network manager of the subscription or above can join this network to others without a peering, and let in what its security groups deny. A private zone or a forwarding ruleset of another group, linked to this network, can lead a name on the allow-list elsewhere. A network security perimeter can let somebody in to a service whose public access is off. ARM shows none of them to a reader of the group.',
  narrowed:
    'Each needs rights on this network or service, or above the group. The looks from both sides would see most of it.',
};

/** Endpoints, and jobs without a compute, that run on Microsoft's own machines. */
export function serverless({ workspaces }: Facts): readonly Residual[] {
  const all = workspaces.map(({ name }) => name);
  if (all.length === 0) return [];
  const loose = workspaces
    .filter(({ serverless: { subnetId } }) => subnetId === undefined)
    .map(({ name }) => name);
  const jobs =
    loose.length === 0
      ? 'Jobs without a compute run in the subnet that the workspace names.'
      : `Whoever may submit jobs to ${loose.join(', ')} can submit one without a compute: it runs there, too.`;
  return [
    {
      name: "Microsoft's own machines",
      open: `Whoever may make an endpoint in ${all.join(', ')} lets it run outside this network, with the internet before it. ${jobs} The identities of cluster and web app may do so, too.`,
      narrowed:
        'What is stored here stays closed to such a machine while public access is off (public-access-off). An endpoint that stands in the group breaks the proof; Azure Policy can forbid both.',
    },
  ];
}

/** Where logs are taken from, who can read them, and where else they go. */
export function logs(facts: Facts): readonly Residual[] {
  const { logs: stores, logWays, groupId } = facts;
  const named = (some: Facts['logs']): string => some.map(({ name }) => name).join(', ');
  const open = stores.filter(({ query }) => !same(query, 'Disabled'));
  const taking = stores.filter(({ ingestion }) => !same(ingestion, 'Disabled'));
  const keyed = stores.filter(({ localAuth }) => localAuth !== false);
  const leaving = logWays.flatMap(({ source, name, destinations }) =>
    destinations.filter((id) => !isWithin(id, groupId)).map((id) => `${source} (${name}) to ${id}`),
  );
  if (open.length + taking.length + leaving.length === 0) return [];
  const said = [
    open.length === 0 ? '' : `${named(open)} can be queried from anywhere with a role.`,
    taking.length === 0
      ? "Logs are written by Azure's own way only."
      : `${named(taking)} takes logs from anywhere.`,
    leaving.length === 0
      ? ''
      : `Azure carries logs out of the group, past the firewall: ${leaving.join('; ')}.`,
  ];
  return [
    {
      name: 'Logs',
      open: said.filter(Boolean).join(' '),
      narrowed: `Log entries name hosts, resources and people, and hold what the web app prints, which should never be an image. ${keyed.length === 0 ? 'Entra tokens only.' : `Keys open ${named(keyed)}, too.`}`,
    },
  ];
}
