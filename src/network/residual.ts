import type { Outputs } from '../terraform/outputs.ts';
import type { Facts } from './arm/facts.ts';
import { isWithin, same } from './arm/fields.ts';
import { storageIsListed } from './arm/judge-computes.ts';
import { isBroad } from './arm/judge-rights.ts';

/** Something that is not closed, though every promise holds. */
export interface Residual {
  readonly name: string;
  /** How far it reaches. */
  readonly open: string;
  /** What narrows it. */
  readonly narrowed: string;
}

/**
 * What stays open in the environment as it is deployed: a proof that named only what is closed would
 * promise more than it shows.
 */
export function residualOf(outputs: Outputs, deployed: Facts): readonly Residual[] {
  return [
    ...outputs.egress.map(allowListed),
    storage(outputs, deployed),
    names,
    controlPlane(deployed),
    runCommand(outputs),
    ...trusted(deployed),
    ...keys(deployed),
    ...bastion(outputs, deployed),
    stateAccount(outputs),
    ...logs(deployed),
    otherTenants(outputs),
  ];
}

function allowListed(row: Outputs['egress'][number]): Residual {
  const what = `${row.protocols.join(', ')} ${row.ports.join(', ')}`;
  return {
    name: `Allow-list: ${row.name}`,
    open: `${what} from ${row.from.join(', ')} to ${row.destinations.join(', ')}.`,
    narrowed: row.reach,
  };
}

function storage(outputs: Outputs, deployed: Facts): Residual {
  const name = 'Storage of other tenants';
  if (storageIsListed(outputs)) {
    return {
      name,
      open: 'The allow-list opens every storage account of the region to the compute subnet: a job can write to an account of another tenant.',
      narrowed: 'Nothing in this network. The variable storage_guard closes it.',
    };
  }
  const allowed = deployed.endpointPolicies.flatMap(({ allows }) =>
    allows.flatMap(({ resources }) => resources),
  );
  return {
    name,
    open:
      allowed.length === 0
        ? 'No service endpoint and no rule leads to storage accounts.'
        : `The service endpoint policy lets pass ${allowed.map((id) => id.split('/').at(-1)).join(', ')}.`,
    narrowed:
      allowed.length === 0
        ? 'Private endpoints are the only way to storage.'
        : "The alias stands for accounts of Azure Machine Learning's own; nobody outside Microsoft gets keys to them.",
  };
}

const names: Residual = {
  name: 'Names (DNS)',
  open: "Azure's resolver answers for every public name, whatever the firewall allows: a name that is asked for can carry a few bytes out to whoever answers for its domain.",
  narrowed:
    'It is slow and needs code that runs inside. A DNS security policy or a resolver of your own with a list narrows it; this environment has neither.',
};

/** Whether a role may open the network, or run commands on what stands in it. */
function mayOpen({ actions }: Facts['assignments'][number]): boolean {
  return actions.some((one) =>
    /^(\*|Microsoft\.(Network|Compute)\/.*(\*|write|runCommand\/action))$/i.test(one),
  );
}

function controlPlane({ assignments, groupId }: Facts): Residual {
  const able = assignments.filter(
    (one) => isWithin(groupId, one.scope) && (isBroad(one) || mayOpen(one)),
  );
  const holders = new Set(able.map(({ principalId }) => principalId.toLowerCase()));
  const roles = [...new Set(able.map(({ role }) => role ?? 'a role without a name'))];
  const held =
    holders.size === 0
      ? 'ARM lists nobody with such a role on the group or above it'
      : `ARM lists ${holders.size} ${holders.size === 1 ? 'principal' : 'principals'} with one on the group or above it (${roles.join(', ')})`;
  return {
    name: 'Control plane (ARM)',
    open: `ARM answers from anywhere to whoever holds an Entra token with a role: it can open what was proven closed, list keys where the role allows it, and export disks. ${held}; who is in a group of people, ARM does not say.`,
    narrowed:
      'The custom role of the deployer, conditional access, privileged identity management; the drift check finds what was opened.',
  };
}

function runCommand({ probeName, jumpboxName }: Outputs): Residual {
  const machines = [probeName, jumpboxName].filter((name) => name !== '').join(' and ');
  return {
    name: 'Run Command',
    open: `Who may call Run Command or set extensions on ${machines} is administrator inside the network, without any network in between.`,
    narrowed:
      "Only the deployer's role has that action. Machine extensions show in the activity log.",
  };
}

function trusted(deployed: Facts): readonly Residual[] {
  const passes = (bypass: string | undefined): boolean => /AzureServices/i.test(bypass ?? '');
  const all = [
    ...deployed.vaults.map((one) => ({ what: `vault ${one.name}`, ...one })),
    ...deployed.accounts.map((one) => ({ what: `storage account ${one.name}`, ...one })),
    ...deployed.registries.map((one) => ({ what: `registry ${one.name}`, ...one })),
  ].filter(({ bypass }) => passes(bypass));
  const named = deployed.accounts.flatMap((account) => account.trusted);
  if (all.length === 0 && named.length === 0) return [];
  const more = named.length === 0 ? '' : ` By name: ${named.join(', ')}.`;
  return [
    {
      name: 'Trusted services of Azure',
      open: `Services that Azure calls trusted pass the network rules of ${all.map(({ what }) => what).join(', ')}.${more}`,
      narrowed:
        "They still need a role: Machine Learning uses the workspace's identity, and an image is imported with the right to write to the registry.",
    },
  ];
}

function keys({ accounts }: Facts): readonly Residual[] {
  const on = accounts.filter(({ sharedKeys }) => sharedKeys !== false).map(({ name }) => name);
  if (on.length === 0) return [];
  return [
    {
      name: 'Account keys',
      open: `The keys of ${on.join(', ')} open all its data to whoever holds one and stands inside.`,
      narrowed:
        'Public access is off. The deployer cannot list keys; workspace_storage_auth = "identity" switches them off.',
    },
  ];
}

function bastion({ jumpboxName }: Outputs, { bastions }: Facts): readonly Residual[] {
  if (bastions.length === 0) return [];
  return [
    {
      name: 'Bastion',
      open: `Who has a role to read ${jumpboxName || 'a machine'} and its Bastion, and a password of that machine, opens its desktop from the portal.`,
      narrowed:
        'The password of the deployment is void; a person sets their own, which needs a role. The machine has no identity, no role and no data, and stops every night.',
    },
  ];
}

function stateAccount({ egress }: Outputs): Residual {
  const reached = egress.some(({ destinations }) =>
    destinations.some((one) => /tf[0-9a-f]{6}\.blob\.core\.windows\.net$/i.test(one)),
  );
  return {
    name: 'Account of the state',
    open: `It stands outside the network: the runner keeps Terraform's state there${reached ? ', and the web app fetches its package from it' : ''}. Its public access is on.`,
    narrowed:
      'It takes Entra tokens with a role only, no keys; it holds no medical data, and its versions are kept.',
  };
}

function logs({ logs: stores }: Facts): readonly Residual[] {
  const open = stores.filter(({ query }) => !same(query, 'Disabled')).map(({ name }) => name);
  const taking = stores
    .filter(({ ingestion }) => !same(ingestion, 'Disabled'))
    .map(({ name }) => name);
  if (open.length === 0 && taking.length === 0) return [];
  return [
    {
      name: 'Logs',
      open:
        (open.length === 0 ? '' : `${open.join(', ')} can be queried from anywhere with a role. `) +
        (taking.length === 0
          ? "Logs are written by Azure's own way only."
          : `${taking.join(', ')} takes logs from anywhere.`),
      narrowed: 'Log entries name hosts, resources and people, never images. Entra tokens only.',
    },
  ];
}

function otherTenants({ egress }: Outputs): Residual {
  const signIn = egress
    .filter(({ destinations }) =>
      destinations.some((one) => /^(AzureActiveDirectory|login\.microsoftonline\.com)$/i.test(one)),
    )
    .map(({ name }) => name);
  return {
    name: 'Sign-in to other tenants',
    open:
      signIn.length === 0
        ? 'No row of the allow-list leads to a sign-in.'
        : `By ${signIn.join(', ')} somebody inside can sign in to a tenant of their own, and use what else the list opens with its tokens.`,
    narrowed:
      'Tenant restrictions, which Entra has and a firewall without TLS inspection cannot add.',
  };
}
