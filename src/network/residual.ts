import type { Outputs } from '../terraform/outputs.ts';
import type { Facts } from './arm/facts.ts';
import { storageIsListed } from './arm/judge-computes.ts';
import { same } from './arm/fields.ts';
import { above, logs, serverless } from './residual-beyond.ts';
import {
  controlPlane,
  datastoreReaders,
  keyListers,
  runCommand,
  workspaceIdentity,
} from './residual-rights.ts';

/** Something that is not closed, though every promise holds. */
export interface Residual {
  readonly name: string;
  /** How far it reaches. */
  readonly open: string;
  /** What narrows it. */
  readonly narrowed: string;
  /** Who holds a right that opens it: principal, role and where. */
  readonly holders?: readonly (readonly string[])[];
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
    above,
    runCommand(outputs, deployed),
    ...workspaceIdentity(deployed),
    ...serverless(deployed),
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
    'It is slow and needs code that runs inside. A DNS security policy or a resolver of your own with a list narrows it; this product makes neither.',
};

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

function keys(deployed: Facts): readonly Residual[] {
  const keyed = deployed.accounts.filter(({ sharedKeys }) => sharedKeys !== false);
  const isWorkspaces = ({ id }: Account): boolean =>
    deployed.workspaces.some(({ storageAccountId }) => same(storageAccountId, id));
  return [
    ...keyed
      .filter(isWorkspaces)
      .map((account) => ({
        name: 'Account keys',
        open: openByKeys(account, deployed),
        narrowed: 'workspace_storage_auth = "identity" switches them off.',
      })),
    ...keyed
      .filter((account) => !isWorkspaces(account) && same(account.name, deployed.imagesAccount))
      .map((one) => imagesKeys(one, deployed)),
  ];
}

type Account = Facts['accounts'][number];

function openByKeys(account: Account, deployed: Facts): string {
  const shut = same(account.publicAccess, 'Disabled');
  const where = shut ? 'holds one and stands inside' : 'holds one, from anywhere';
  return `The keys of ${account.name} open all its data to whoever ${where}, and who may list them does. ${keyListers(account, deployed)}`;
}

/** The account that the web app hands images over in; no setting of the workspace reaches it. */
function imagesKeys(account: Account, deployed: Facts): Residual {
  return {
    name: 'Account keys, images',
    open: `${openByKeys(account, deployed)} Keys are on because the inference service uses the Azure ML SDK v1, which reads and writes a datastore with a key or a SAS and with nothing else. Machine Learning keeps the key in the datastore, and gives it to the web app, to jobs and to whoever may list the secrets of datastores. ${datastoreReaders(deployed)}`,
    narrowed:
      'Nothing switches them off while that service runs; workspace_storage_auth does not concern them. That is why the images have an account of their own: it is meant to hold nothing else, and its rule deletes them after a day or two. deploy gives itself the right to the key only while it writes the datastore.',
  };
}

function bastion({ jumpboxName }: Outputs, { bastions }: Facts): readonly Residual[] {
  if (bastions.length === 0) return [];
  return [
    {
      name: 'Bastion',
      open: `Who has a role to read ${jumpboxName || 'a machine'} and its Bastion, and a password of that machine, opens its desktop from the portal.`,
      narrowed:
        'A person sets their own password, which needs a role; jumpbox-password-void and jumpbox-without-rights say what is open of the machine itself. It is meant to hold no data, and to stop every night.',
    },
  ];
}

function stateAccount({ egress }: Outputs): Residual {
  const reached = egress.some(({ destinations }) =>
    destinations.some((one) => /tf[0-9a-f]{6}\.blob\.core\.windows\.net$/i.test(one)),
  );
  return {
    name: 'Account of the state',
    open: `It stands outside the network, in a group of its own: the runner keeps Terraform's state there${reached ? ', and the web app fetches its package from it' : ''}. Its public access is meant to be on, since a hosted runner has no fixed address. Who has a role there was not looked at.`,
    narrowed:
      'state-account-closed says whether it takes Entra tokens alone and keeps versions. It is meant to hold no medical data.',
  };
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
