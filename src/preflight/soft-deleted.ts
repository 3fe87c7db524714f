import { fine, idInGroup, subscriptionOf, wrong } from './check.ts';
import type { Check, Finding, Look } from './check.ts';

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
  const cause = `A deleted key vault in ${place} keeps the name ${keyVault} until ${until}.`;
  if (properties.purgeProtectionEnabled === true) {
    return wrong(
      cause,
      `it is protected from purging: wait until then, set location to ${place}, or choose another name for the environment.`,
    );
  }
  return wrong(cause, `purge it: az keyvault purge --name ${keyVault} --location ${place}`);
}

/** The workspaces, of Machine Learning and of the logs, that may be kept after their deletion. */
export const workspacesCheck: Check = {
  name: 'deleted workspaces',
  async run(look) {
    const { workspace, resourceGroup } = look.names;
    const id = idInGroup(look, 'Microsoft.MachineLearningServices/workspaces', workspace);
    const found = await look.arm.get(id, '2025-06-01');
    if (found?.properties?.['provisioningState'] === 'SoftDeleted') {
      return wrong(
        `The workspace ${workspace} was deleted, and Azure keeps it for 14 days.`,
        `recover it in the Azure portal (Azure Machine Learning, Recently deleted), or delete it for good: az ml workspace delete --name ${workspace} --resource-group ${resourceGroup} --permanently-delete`,
      );
    }
    const logs = await deletedLogs(look);
    if (logs.length === 0) return fine('none in the way');
    return fine(`${logs.join(', ')} (logs) was deleted, and is recovered by the deploy`);
  },
};

/** Deleted Log Analytics workspaces of this environment's group. */
async function deletedLogs(look: Look): Promise<readonly string[]> {
  const path = `${subscriptionOf(look)}/providers/Microsoft.OperationalInsights/deletedWorkspaces`;
  const deleted = await look.arm.list(path, '2025-07-01');
  const group = `/resourcegroups/${look.names.resourceGroup.toLowerCase()}/`;
  return deleted.filter(({ id }) => id.toLowerCase().includes(group)).map(({ name }) => name);
}
