import type { Deployed } from '../../src/network/deployed.ts';

export const workspaceGuid = '12345678-1234-1234-1234-123456789abc';

/** What ARM says of an environment named `lab`, as far as looks from outside and inside need it. */
export function deployed(changes: Partial<Deployed> = {}): Deployed {
  return {
    ranges: ['10.1.0.0/16'],
    publicAddresses: [{ name: 'lab-firewall', address: '20.61.0.9' }],
    workspaceGuid,
    notebookHost: `ml-lab-ml-westeurope-${workspaceGuid}.westeurope.notebooks.azure.net`,
    ...changes,
  };
}
