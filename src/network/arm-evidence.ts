import type { Outputs } from '../terraform/outputs.ts';
import type { Facts } from './arm/facts.ts';
import { judgeAccess, judgeSites } from './arm/judge-access.ts';
import { judgeAddresses } from './arm/judge-addresses.ts';
import { judgeComputes, judgeStorageGuard } from './arm/judge-computes.ts';
import { judgeRegistryDoors, judgeServiceDoors, judgeWorkspaces } from './arm/judge-doors.ts';
import { judgeEndpoints } from './arm/judge-endpoints.ts';
import { judgeFirewalls } from './arm/judge-firewall.ts';
import { judgeInventory, judgeReading } from './arm/judge-inventory.ts';
import { judgePassword } from './arm/judge-password.ts';
import { judgeRights } from './arm/judge-rights.ts';
import { judgeBastion, judgeResidents, judgeSecurityGroups } from './arm/judge-ways-in.ts';
import { judgeAlone, judgeWaysOut } from './arm/judge-ways-out.ts';
import type { Evidence } from './evidence.ts';

/**
 * What ARM's description of the environment says about the promises, one row for each resource and
 * promise. It judges and reads nothing.
 */
export function armEvidence(outputs: Outputs, deployed: Facts): readonly Evidence[] {
  const judges = [
    judgeReading,
    judgeAddresses,
    judgeAccess,
    judgeServiceDoors,
    judgeRegistryDoors,
    judgeWorkspaces,
    judgeSites,
    judgeWaysOut,
    judgeAlone,
    judgeSecurityGroups,
    judgeResidents,
    judgeBastion,
    judgeFirewalls,
    judgeEndpoints,
    judgeComputes,
    judgeStorageGuard,
    judgeRights,
    judgePassword,
    judgeInventory,
  ];
  return judges.flatMap((judge) => judge(deployed, outputs));
}
