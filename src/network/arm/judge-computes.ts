import type { Outputs } from '../../terraform/outputs.ts';
import type { Evidence } from '../evidence.ts';
import { same } from './fields.ts';
import type { Facts, Subnet } from './facts.ts';
import type { Compute } from './service-facts.ts';
import { networkOf } from './subnets.ts';
import { judged, row } from './verdict.ts';

/** Azure Machine Learning's own accounts, as a service endpoint policy names them. */
const machineLearningAlias = '/services/Azure/MachineLearning';

/** The workspace's computes have no public address, no SSH, and stand in the compute subnet. */
export function judgeComputes(facts: Facts, outputs: Outputs): readonly Evidence[] {
  const check = 'compute-closed';
  if (facts.computes.length === 0) return [noCompute(facts)];
  return facts.computes.map((one) => {
    const subject = `compute ${one.name}`;
    if (!['AmlCompute', 'ComputeInstance'].includes(one.kind)) {
      return row(check, subject, 'unproven', `a compute ${one.kind}, which is not judged`);
    }
    return judged(
      check,
      subject,
      wrongWith(one, outputs),
      'no public address, SSH off, in the subnet',
    );
  });
}

/** An empty list is believed only of a workspace that ARM lists, and where nothing else speaks of a compute. */
function noCompute({ workspaces, unread, inventory }: Facts): Evidence {
  const say = (result: 'skipped' | 'unproven', seen: string): Evidence =>
    row('compute-closed', 'computes', result, seen);
  if (workspaces.length === 0) return say('unproven', 'ARM lists no workspace to have any');
  if (unread.some(({ what }) => /\/computes$/i.test(what))) {
    return say('unproven', 'ARM does not list them');
  }
  const known = inventory.filter(({ type }) => /\/workspaces\/computes$/i.test(type));
  return known.length === 0
    ? say('skipped', 'there are none yet: run verify again once the stage compute has run')
    : say('unproven', `ARM lists none, yet the group has ${known.map(nameOfOne).join(', ')}`);
}

const nameOfOne = ({ name }: Facts['inventory'][number]): string => name;

function wrongWith(one: Compute, { subnetId }: Outputs): readonly string[] {
  return [
    ...(one.publicIp === false ? [] : ['its nodes may have public addresses']),
    ...(one.publicAddress ? [`its address is ${one.publicAddress}`] : []),
    ...(same(one.ssh, 'Disabled') ? [] : [`SSH is ${one.ssh ?? 'not said'}`]),
    ...(one.localAuth === true ? ['local accounts are on'] : []),
    ...(same(one.subnetId, subnetId) ? [] : ['it stands in no subnet of the environment']),
  ];
}

/** Whether the list opens storage of the whole region, because no guard stands in its place. */
export function storageIsListed({ egress }: Pick<Outputs, 'egress'>): boolean {
  return egress.some(({ destinations }) => destinations.some((one) => /^Storage(\.|$)/i.test(one)));
}

/** What goes past the firewall by a service endpoint is held to the environment's own accounts. */
export function judgeStorageGuard(facts: Facts, outputs: Outputs): readonly Evidence[] {
  const subnets = networkOf(facts, outputs)?.subnets ?? [];
  const rows = subnets.filter(({ serviceEndpoints }) => serviceEndpoints.length > 0);
  if (rows.length > 0) return rows.map((subnet) => judgeGuard(subnet, facts));
  const fine = 'no subnet reaches a service past the firewall';
  return storageIsListed(outputs)
    ? [
        row(
          ...(['storage-guarded', 'storage', 'skipped'] as const),
          'storage_guard is off: the allow-list opens every storage account of the region',
        ),
      ]
    : [row('storage-guarded', 'storage', 'closed', fine)];
}

function judgeGuard(subnet: Subnet, facts: Facts): Evidence {
  const others = subnet.serviceEndpoints.filter((one) => !same(one, 'Microsoft.Storage'));
  const policies = facts.endpointPolicies.filter(({ id }) =>
    subnet.endpointPolicyIds.some((one) => same(one, id)),
  );
  const allowed = policies.flatMap(({ allows }) => allows.flatMap(({ resources }) => resources));
  const isOurs = (id: string): boolean =>
    same(id, machineLearningAlias) || facts.accounts.some((account) => same(account.id, id));
  const wrong = [
    ...others.map((one) => `${one} is reached past the firewall`),
    ...(policies.length === 0 ? ['no policy holds its service endpoint'] : []),
    ...(policies.length > 0 && allowed.length === 0 ? ['its policy says nothing'] : []),
    ...allowed.filter((id) => !isOurs(id)).map((id) => `its policy lets ${id} pass`),
  ];
  const fine = `only ${allowed.map((id) => id.split('/').at(-1)).join(', ')}`;
  return judged('storage-guarded', `subnet ${subnet.name}`, wrong, fine);
}
