import { readExtension } from '../../azure/access-extension.ts';
import { apis } from '../../azure/api-versions.ts';
import { isObject, valueAt } from '../../terraform/json.ts';
import { flagAt, listAt, nameOf, textAt } from './fields.ts';
import type { Reading } from './reading.ts';
import type {
  Compute,
  LogStore,
  Machine,
  Registry,
  Service,
  Site,
  StorageAccount,
  Vault,
  Workspace,
} from './service-facts.ts';

function readService(raw: unknown): Service {
  return {
    id: textAt(raw, 'id') ?? '',
    name: textAt(raw, 'name') ?? '',
    publicAccess: textAt(raw, 'properties', 'publicNetworkAccess'),
    connections: (listAt(raw, 'properties', 'privateEndpointConnections') ?? []).map((one) => ({
      endpointId: textAt(one, 'properties', 'privateEndpoint', 'id') ?? '',
      status: textAt(one, 'properties', 'privateLinkServiceConnectionState', 'status') ?? 'unknown',
    })),
  };
}

export function readAccount(raw: unknown): StorageAccount {
  return {
    ...readService(raw),
    blobPublicAccess: flagAt(raw, 'properties', 'allowBlobPublicAccess'),
    sharedKeys: flagAt(raw, 'properties', 'allowSharedKeyAccess'),
    bypass: textAt(raw, 'properties', 'networkAcls', 'bypass'),
    trusted: (listAt(raw, 'properties', 'networkAcls', 'resourceAccessRules') ?? []).map(
      (one) => textAt(one, 'resourceId') ?? '?',
    ),
    crossTenant: flagAt(raw, 'properties', 'allowCrossTenantReplication'),
  };
}

/** Services of Azure that may be given secrets, as the vault's properties name them. */
const vaultDoors = [
  ['enabledForDeployment', 'machines'],
  ['enabledForTemplateDeployment', 'templates'],
  ['enabledForDiskEncryption', 'disk encryption'],
] as const;

export function readVault(raw: unknown): Vault {
  return {
    ...readService(raw),
    bypass: textAt(raw, 'properties', 'networkAcls', 'bypass'),
    rolesOnly: flagAt(raw, 'properties', 'enableRbacAuthorization'),
    openFor: vaultDoors
      .filter(([name]) => flagAt(raw, 'properties', name) === true)
      .map(([, words]) => words),
  };
}

export function readRegistry(raw: unknown): Registry {
  return {
    ...readService(raw),
    adminUser: flagAt(raw, 'properties', 'adminUserEnabled'),
    anonymousPull: flagAt(raw, 'properties', 'anonymousPullEnabled'),
    bypass: textAt(raw, 'properties', 'networkRuleBypassOptions'),
    tasksPass: flagAt(raw, 'properties', 'networkRuleBypassAllowedForTasks'),
    exports: textAt(raw, 'properties', 'policies', 'exportPolicy', 'status'),
  };
}

const serverless = ['properties', 'serverlessComputeSettings'] as const;

export function readWorkspace(raw: unknown): Workspace {
  const guid = textAt(raw, 'properties', 'workspaceId');
  const notebooks = textAt(raw, 'properties', 'notebookInfo', 'fqdn');
  return {
    ...readService(raw),
    // it becomes part of host names, so it must be nothing else
    guid: guid !== undefined && /^[0-9a-f-]{36}$/i.test(guid) ? guid : undefined,
    notebookHost: /^[a-z0-9-]+\.[a-z0-9]+\.notebooks\.azure\.net$/i.exec(notebooks ?? '')?.[0],
    storageAccountId: textAt(raw, 'properties', 'storageAccount'),
    storageAuth: textAt(raw, 'properties', 'systemDatastoresAuthMode'),
    isolation: textAt(raw, 'properties', 'managedNetwork', 'isolationMode'),
    serverless: {
      subnetId: textAt(raw, ...serverless, 'serverlessComputeCustomSubnet'),
      publicIp: flagAt(raw, ...serverless, 'serverlessComputeNoPublicIP') !== true,
    },
    principalId: textAt(raw, 'identity', 'principalId'),
  };
}

/** A web app with the parts of its configuration that have an address of their own. */
export async function readSite(raw: unknown, reading: Reading): Promise<Site> {
  const service = readService(raw);
  const part = (path: string): Promise<unknown> => reading.get(`${service.id}/${path}`, apis.web);
  const [config, ftp, scm] = await Promise.all([
    part('config/web'),
    part('basicPublishingCredentialsPolicies/ftp'),
    part('basicPublishingCredentialsPolicies/scm'),
  ]);
  return {
    ...service,
    host: textAt(raw, 'properties', 'defaultHostName'),
    subnetId: textAt(raw, 'properties', 'virtualNetworkSubnetId'),
    routesAll:
      flagAt(config, 'properties', 'vnetRouteAllEnabled') ??
      flagAt(raw, 'properties', 'vnetRouteAllEnabled'),
    ftpPassword: flagAt(ftp, 'properties', 'allow'),
    scmPassword: flagAt(scm, 'properties', 'allow'),
    ftps: textAt(config, 'properties', 'ftpsState'),
    remoteDebugging: flagAt(config, 'properties', 'remoteDebuggingEnabled'),
    principalId: textAt(raw, 'identity', 'principalId'),
    identityIds: identitiesOf(raw),
  };
}

export function readLogStore(raw: unknown, kind: LogStore['kind']): LogStore {
  // Log Analytics has it among its features, Application Insights beside its other properties.
  const localAuthOff =
    flagAt(raw, 'properties', 'features', 'disableLocalAuth') ??
    flagAt(raw, 'properties', 'DisableLocalAuth');
  return {
    id: textAt(raw, 'id') ?? '',
    name: textAt(raw, 'name') ?? '',
    kind,
    ingestion: textAt(raw, 'properties', 'publicNetworkAccessForIngestion'),
    query: textAt(raw, 'properties', 'publicNetworkAccessForQuery'),
    localAuth: localAuthOff === undefined ? undefined : !localAuthOff,
  };
}

export function readCompute(raw: unknown, workspace: string): Compute {
  const at = (...names: readonly string[]): readonly string[] => [
    'properties',
    'properties',
    ...names,
  ];
  const localAuthOff = flagAt(raw, 'properties', 'disableLocalAuth');
  return {
    name: textAt(raw, 'name') ?? '',
    workspace: nameOf(workspace),
    kind: textAt(raw, 'properties', 'computeType') ?? 'of no known kind',
    publicIp: flagAt(raw, ...at('enableNodePublicIp')),
    publicAddress: textAt(raw, ...at('connectivityEndpoints', 'publicIpAddress')),
    ssh:
      textAt(raw, ...at('remoteLoginPortPublicAccess')) ??
      textAt(raw, ...at('sshSettings', 'sshPublicAccess')),
    localAuth: localAuthOff === undefined ? undefined : !localAuthOff,
    identityIds: identitiesOf(raw),
    subnetId: textAt(raw, ...at('subnet', 'id')),
  };
}

/** A machine with its extensions, which have an address of their own. */
export async function readMachine(raw: unknown, reading: Reading): Promise<Machine> {
  const id = textAt(raw, 'id') ?? '';
  const extensions = await reading.list(`${id}/extensions`, apis.compute);
  return {
    id,
    extensions: extensions.map(readExtension),
    adminUser: textAt(raw, 'properties', 'osProfile', 'adminUsername'),
    name: textAt(raw, 'name') ?? '',
    interfaceIds: (listAt(raw, 'properties', 'networkProfile', 'networkInterfaces') ?? []).flatMap(
      (one) => textAt(one, 'id') ?? [],
    ),
    principalId: textAt(raw, 'identity', 'principalId'),
    identityIds: identitiesOf(raw),
  };
}

function identitiesOf(raw: unknown): readonly string[] {
  const given = valueAt(raw, 'identity', 'userAssignedIdentities');
  return isObject(given) ? Object.keys(given) : [];
}
