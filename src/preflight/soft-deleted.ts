import { apis } from '../azure/api-versions.ts';
import { fine, groupOf, idInGroup, subscriptionOf, wrong } from './check.ts';
import type { Check, Finding, Look } from './check.ts';
import { plainRegion } from './facts.ts';
import { learningApi } from './sizes.ts';

interface DeletedVault {
  readonly name: string;
  readonly properties?: {
    readonly location?: string;
    readonly vaultId?: string;
    readonly scheduledPurgeDate?: string;
    readonly purgeProtectionEnabled?: boolean;
  };
}

interface Availability {
  readonly nameAvailable?: boolean;
  readonly message?: string;
}

const vaultApi = '2026-02-01';

/**
 * The vault's name: free, ours, or kept by a deleted vault. One of ours that was deleted in the same
 * region is recovered by the deploy; any other blocks the name.
 */
export const vaultCheck: Check = {
  name: 'key vault name',
  async run(look) {
    const { keyVault } = look.names;
    const path = `${subscriptionOf(look)}/providers/Microsoft.KeyVault`;
    const deleted = await look.arm.list<DeletedVault>(`${path}/deletedVaults`, vaultApi);
    const same = deleted.find(({ name }) => name.toLowerCase() === keyVault.toLowerCase());
    if (same) return judgeVault(same, look);
    const id = idInGroup(look, 'Microsoft.KeyVault/vaults', keyVault);
    if (await look.arm.get(id, vaultApi)) return fine(`${keyVault} is ours`);
    const body = { name: keyVault, type: 'Microsoft.KeyVault/vaults' };
    const answer = await look.arm.post<Availability>(
      `${path}/checkNameAvailability`,
      vaultApi,
      body,
    );
    if (answer.nameAvailable !== false) return fine(`${keyVault} is free`);
    return wrong(
      `The key vault name ${keyVault} is taken${answer.message ? `: ${answer.message.trim()}` : ''}.`,
      'choose another name for the environment.',
    );
  },
};

function judgeVault({ properties = {} }: DeletedVault, look: Look): Finding {
  const { keyVault } = look.names;
  const wanted = idInGroup(look, 'Microsoft.KeyVault/vaults', keyVault);
  const ours = properties.vaultId?.toLowerCase() === wanted.toLowerCase();
  if (ours && properties.location === look.settings.location) {
    return fine(`${keyVault} was deleted, and is recovered by the deploy`);
  }
  const until = properties.scheduledPurgeDate?.slice(0, 10) ?? 'a date Azure does not tell';
  const place = properties.location ?? 'another region';
  const whose = ours ? '' : ', of another resource group,';
  const cause = `A deleted key vault in ${place}${whose} keeps the name ${keyVault} until ${until}.`;
  if (properties.purgeProtectionEnabled !== true) {
    return wrong(cause, `purge it: az keyvault purge --name ${keyVault} --location ${place}`);
  }
  const back = ours ? `set location to ${place}, ` : '';
  return wrong(
    cause,
    `it is protected from purging: wait until then, ${back}or choose another name for the environment.`,
  );
}

/**
 * The workspace of Machine Learning, which Azure keeps after its deletion. A GET does not find such a
 * one, and no API lists the deleted ones by themselves; but the list of the subscription still names
 * them (github.com/Azure/azure-powershell/issues/28286).
 */
export const workspaceCheck: Check = {
  name: 'deleted workspace',
  async run(look) {
    const { workspace } = look.names;
    const type = 'Microsoft.MachineLearningServices/workspaces';
    const id = idInGroup(look, type, workspace);
    const path = `${subscriptionOf(look)}/providers/${type}`;
    const listed = await look.arm.list(path, learningApi);
    const same = listed.find((one) => one.id.toLowerCase() === id.toLowerCase());
    if (same === undefined) return fine('none in the way');
    const state = same.properties?.['provisioningState'];
    if (state !== 'SoftDeleted' && (await look.arm.get(id, learningApi))) {
      return fine(`${workspace} exists`);
    }
    return wrong(
      `The workspace ${workspace} was deleted, and Azure keeps it and its name for 14 days.`,
      'in the Azure portal, open Azure Machine Learning, Recently deleted, and choose Permanently delete (or Recover, if its storage and key vault are still there). The Azure CLI may not find a deleted workspace.',
    );
  },
};

/**
 * The Log Analytics workspace: one that was deleted comes back when it is made again with the same
 * name, group and region; in another region its name is kept for 14 days (learn.microsoft.com,
 * "Workspaces - Delete" of the REST reference).
 */
export const logsCheck: Check = {
  name: 'deleted log workspace',
  async run(look) {
    const path = `${subscriptionOf(look)}/providers/Microsoft.OperationalInsights/deletedWorkspaces`;
    const deleted = await look.arm.list(path, apis.logs);
    const group = `${groupOf(look)}/`.toLowerCase();
    const name = `${look.settings.environment}-logs`; // as terraform/ names it
    const same = deleted.find(
      (one) =>
        one.id.toLowerCase().startsWith(group) && one.name.toLowerCase() === name.toLowerCase(),
    );
    if (same === undefined) return fine('none in the way');
    const place = plainRegion(same.location ?? '');
    if (place === look.settings.location) {
      return fine(`${name} was deleted, and is recovered by the deploy`);
    }
    const where = `--resource-group ${look.names.resourceGroup} --workspace-name ${name}`;
    return wrong(
      `The log workspace ${name} was deleted in ${place}, and Azure keeps its name there for 14 days.`,
      `set location to ${place}, or bring it back and delete it for good: az monitor log-analytics workspace recover ${where} && az monitor log-analytics workspace delete ${where} --force true --yes`,
    );
  },
};
