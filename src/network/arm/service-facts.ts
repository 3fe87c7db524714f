import type { Extension } from '../../azure/access-extension.ts';
/** What ARM says about services, machines and identities of the environment. */
export interface ServiceFacts {
  readonly accounts: readonly StorageAccount[];
  readonly vaults: readonly Vault[];
  readonly registries: readonly Registry[];
  readonly workspaces: readonly Workspace[];
  readonly sites: readonly Site[];
  readonly logs: readonly LogStore[];
  readonly computes: readonly Compute[];
  readonly machines: readonly Machine[];
  readonly identities: readonly Identity[];
  /** Role assignments on the group, above it and below it. */
  readonly assignments: readonly Assignment[];
  /** Where services, firewall and network send their logs. */
  readonly logWays: readonly LogWay[];
}

/** What every service with a private endpoint has. */
export interface Service {
  readonly id: string;
  readonly name: string;
  /** `publicNetworkAccess` as ARM spells it. */
  readonly publicAccess: string | undefined;
  /** Private endpoints that are connected to it, wherever these stand. */
  readonly connections: readonly { readonly endpointId: string; readonly status: string }[];
}

export interface StorageAccount extends Service {
  readonly blobPublicAccess: boolean | undefined;
  readonly sharedKeys: boolean | undefined;
  /** Services of Azure that pass the account's network rules. */
  readonly bypass: string | undefined;
  /** Resources that pass them by name. */
  readonly trusted: readonly string[];
  /** Whether containers may be replicated to accounts of other tenants. */
  readonly crossTenant: boolean | undefined;
}

export interface Vault extends Service {
  readonly bypass: string | undefined;
  /** Whether roles alone decide; else the vault's own list of policies does. */
  readonly rolesOnly: boolean | undefined;
  /** What Azure itself may fetch secrets for: machines, templates, disks. */
  readonly openFor: readonly string[];
}

export interface Registry extends Service {
  readonly adminUser: boolean | undefined;
  readonly anonymousPull: boolean | undefined;
  readonly bypass: string | undefined;
  /** Whether build tasks of the registry pass its network rules. */
  readonly tasksPass: boolean | undefined;
  /** Whether images may be copied out by ARM: enabled or disabled. */
  readonly exports: string | undefined;
}

export interface Workspace extends Service {
  readonly guid: string | undefined;
  /** Host name of its notebooks. */
  readonly notebookHost: string | undefined;
  readonly storageAccountId: string | undefined;
  /** How it reaches its storage account: accessKey or identity. */
  readonly storageAuth: string | undefined;
  readonly principalId: string | undefined;
  /** `managedNetwork.isolationMode`; undefined or Disabled where it has no network of Microsoft's. */
  readonly isolation: string | undefined;
  /** Where jobs without a compute run; undefined where Microsoft chooses. */
  readonly serverless: { readonly subnetId: string | undefined; readonly publicIp: boolean };
}

export interface Site extends Service {
  readonly host: string | undefined;
  readonly subnetId: string | undefined;
  readonly routesAll: boolean | undefined;
  readonly ftpPassword: boolean | undefined;
  readonly scmPassword: boolean | undefined;
  readonly ftps: string | undefined;
  readonly remoteDebugging: boolean | undefined;
  readonly principalId: string | undefined;
  readonly identityIds: readonly string[];
}

export interface LogStore {
  readonly id: string;
  readonly name: string;
  readonly kind: 'log workspace' | 'application insights';
  readonly ingestion: string | undefined;
  readonly query: string | undefined;
  /** Whether keys open it, too; undefined where ARM does not say. */
  readonly localAuth: boolean | undefined;
}

export interface Compute {
  readonly name: string;
  readonly workspace: string;
  readonly kind: string;
  readonly publicIp: boolean | undefined;
  readonly publicAddress: string | undefined;
  readonly ssh: string | undefined;
  readonly localAuth: boolean | undefined;
  readonly identityIds: readonly string[];
  readonly subnetId: string | undefined;
}

export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly interfaceIds: readonly string[];
  readonly principalId: string | undefined;
  readonly identityIds: readonly string[];
  /** The first administrator. */
  readonly adminUser: string | undefined;
  readonly extensions: readonly Extension[];
}

export interface Identity {
  readonly id: string;
  readonly name: string;
  readonly principalId: string | undefined;
  /** Whose tokens of other issuers are taken for it (federated credentials), for a person. */
  readonly trusts: readonly string[];
}

/** A diagnostic setting: what sends its logs where, past every network. */
export interface LogWay {
  readonly source: string;
  readonly name: string;
  /** Ids of workspaces, accounts, event hubs and partners. */
  readonly destinations: readonly string[];
}

export interface Assignment {
  readonly principalId: string;
  readonly principalType: string;
  readonly scope: string;
  /** Name of the role; undefined where its definition could not be read. */
  readonly role: string | undefined;
  /** What it may do to resources, patterns of ARM. */
  readonly actions: readonly string[];
}
