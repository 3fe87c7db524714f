import type { ResourceTable } from '../mapping/table.ts';
import { appServiceTables } from './app-service.ts';
import { associationTables } from './association.ts';
import { baseTables } from './base.ts';
import { computeTables } from './compute.ts';
import { firewallTables } from './firewall.ts';
import { identityTables } from './identity.ts';
import { machineLearningTables } from './machine-learning.ts';
import { monitoringTables } from './monitoring.ts';
import { networkTables } from './network.ts';
import { perimeterTables } from './perimeter.ts';
import { privateNetworkTables } from './private-network.ts';
import { storageTables } from './storage.ts';
import { vaultAndRegistryTables } from './vault-and-registry.ts';

/** Every resource type this provider serves, by its Terraform name. */
export const resourceTables: Readonly<Record<string, ResourceTable>> = {
  ...baseTables,
  ...networkTables,
  ...associationTables,
  ...firewallTables,
  ...privateNetworkTables,
  ...perimeterTables,
  ...storageTables,
  ...vaultAndRegistryTables,
  ...monitoringTables,
  ...identityTables,
  ...machineLearningTables,
  ...computeTables,
  ...appServiceTables,
};
