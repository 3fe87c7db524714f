import type { Outputs } from '../terraform/outputs.ts';
import type { Deployed } from './deployed.ts';
import type { Evidence } from './evidence.ts';
import { judgePrivate, privateNames, unnamed } from './private-evidence.ts';
import type { Vantage } from './vantage.ts';
import { waysOut } from './way-out-evidence.ts';

/**
 * What can be seen from inside: the data planes' names lead to private addresses that answer, the
 * way out leads to each host on the list, and to none of several that are not.
 */
export async function insideEvidence(
  outputs: Outputs,
  deployed: Deployed,
  inside: Vantage,
): Promise<Evidence[]> {
  const names = privateNames(outputs, deployed);
  const ways = waysOut(outputs);
  const sights = await inside.look([...names, ...ways].map(({ look }) => look));
  return [
    ...names.map((one, at) => judgePrivate(one, sights[at], deployed.ranges)),
    ...unnamed(deployed),
    ...ways.map(({ judge }, at) => judge(sights[names.length + at])),
  ];
}

/** The same rows where the runner that should stand inside does not. */
export function insideSkipped(outputs: Outputs, deployed: Deployed): Evidence[] {
  const seen = 'not looked at: this runner does not stand inside the network';
  return notLooked(outputs, deployed).map((row) => ({ ...row, result: 'skipped', seen }));
}

/** The same rows where the probe machine could not look, behind the one that says why. */
export function insideUnproven(outputs: Outputs, deployed: Deployed, why: string): Evidence[] {
  const seen = 'not looked at: see probe-looks';
  return [
    {
      ...{ check: 'probe-looks', subject: 'the probe machine', from: 'inside' },
      ...{ result: 'unproven', seen: why },
    },
    ...notLooked(outputs, deployed).map((row) => ({ ...row, result: 'unproven' as const, seen })),
  ];
}

function notLooked(outputs: Outputs, deployed: Deployed): Evidence[] {
  return [
    ...privateNames(outputs, deployed).map((one) => judgePrivate(one, undefined, [])),
    ...unnamed(deployed),
    ...waysOut(outputs).map(({ judge }) => judge(undefined)),
  ];
}
