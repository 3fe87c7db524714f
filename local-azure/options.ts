import type { DeployerRole } from './arm/seed.ts';
import type { FaultRule } from './faults.ts';
import type { LocalClock } from './world.ts';

/** What can be chosen of a Local Azure; everything has a default. */
export interface LocalAzureOptions {
  /** Where its private folder is made; the temporary folder where left out. `stop` removes what was made. */
  readonly folder?: string;
  /** Where the journal is written; in the folder where it is left out. */
  readonly journalFile?: string;
  readonly tenantId?: string;
  readonly subscriptionId?: string;
  /** The deployer's application, and the object id of its service principal. */
  readonly clientId?: string;
  readonly deployerObjectId?: string;
  /** What the deployer may do; the role of `examples/roles/deployer.json` where left out. */
  readonly deployerRole?: DeployerRole;
  /** Seconds an access token lives. */
  readonly tokenLifetimeSeconds?: number;
  /** Seconds an id-token of the job lives. */
  readonly idTokenLifetimeSeconds?: number;
  /** The subject that the job presents. */
  readonly subject?: string;
  /** The subjects that the deployer's federated credentials accept; the presented one where left out. */
  readonly federatedSubjects?: readonly string[];
  /** owner/name of the repository whose workflow runs. */
  readonly repository?: string;
  /** Scales Azure's usual durations: 1 is as long as Azure takes, 0 answers at once. */
  readonly pace?: number;
  /** Which azurerm Terraform gets: `auto` takes the real one where a CLI configuration names a place for it. */
  readonly provider?: ProviderChoice;
  /** An existing CLI configuration of Terraform with a mirror for the real provider. */
  readonly cliConfigFile?: string;
  readonly faults?: readonly FaultRule[];
  readonly clock?: LocalClock;
}

/** `none` leaves Terraform's configuration alone. */
export type ProviderChoice = 'stand-in' | 'real' | 'auto' | 'none';

/** The options with their defaults filled in. */
export type Settled = Required<Omit<LocalAzureOptions, Optional>> &
  Pick<LocalAzureOptions, Optional>;

type Optional = 'folder' | 'journalFile' | 'cliConfigFile' | 'clock';

/** Fills in the defaults. The ids are made up, and the same at every start. */
export function settle(options: LocalAzureOptions): Settled {
  const repository = options.repository ?? 'octo-org/innereye';
  const subject = options.subject ?? `repo:${repository}:environment:demo`;
  return {
    tenantId: '7e4a1c02-51d6-4b8f-9c3e-2f60a8d1b7e5',
    subscriptionId: '3b9d6f10-8c27-4e5a-a1f4-6d02c7e9b358',
    clientId: 'c5f20b7d-94e1-4a36-8d0b-1e7a3c6f9284',
    deployerObjectId: 'd81e5a43-6b0c-4f97-b2a8-90c4e7f3d165',
    deployerRole: 'deployer',
    tokenLifetimeSeconds: 3600,
    idTokenLifetimeSeconds: 300,
    pace: 0.02,
    provider: 'stand-in',
    faults: [],
    ...defined(options),
    repository,
    subject,
    federatedSubjects: options.federatedSubjects ?? [subject],
  };
}

/** Without the options that are there but undefined: they must not hide a default. */
function defined(options: LocalAzureOptions): LocalAzureOptions {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}
