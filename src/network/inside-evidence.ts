import type { Arm } from '../azure/arm.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { inRanges } from './address.ts';
import { networkRanges } from './arm-evidence.ts';
import type { Evidence } from './evidence.ts';
import type { Look, Sight, Vantage } from './vantage.ts';

/** A name nobody puts on an allow-list: it is reserved for examples (RFC 2606). */
const NOT_LISTED = 'https://example.com/';

/**
 * What can be seen from inside: the data planes' names lead to private addresses that answer, the
 * way out leads to what is on the list, and nowhere else.
 */
export async function insideEvidence(
  outputs: Outputs,
  arm: Arm,
  inside: Vantage,
): Promise<Evidence[]> {
  const [ranges, planes] = await Promise.all([
    networkRanges(outputs, arm),
    dataPlanes(outputs, arm),
  ]);
  const ways: Look[] = [
    {
      ...{ name: 'listed', method: 'GET', bytes: 0 },
      url: `https://login.microsoftonline.com/${outputs.tenantId}/v2.0/.well-known/openid-configuration`,
    },
    { name: 'not-listed', method: 'GET', bytes: 0, url: NOT_LISTED, seconds: 20 },
  ];
  const sights = await inside.look([...planes, ...ways]);
  const [listed, notListed] = sights.slice(planes.length);
  return [
    ...planes.map((look, at) => privateAndAnswering(look, sights[at], ranges)),
    wayOut('listed-host-reachable', ways[0], listed, listed?.status !== undefined),
    wayOut('unlisted-host-blocked', ways[1], notListed, notListed?.failure?.kind === 'unreached'),
  ];
}

async function dataPlanes(outputs: Outputs, arm: Arm): Promise<Look[]> {
  const look = { method: 'GET', bytes: 0, resolve: true } as const;
  const workspace = await arm.get(outputs.workspaceId, '2025-12-01');
  const guid = workspace?.properties?.['workspaceId'];
  const api =
    typeof guid === 'string' && /^[0-9a-f-]{36}$/i.test(guid)
      ? [`https://${guid}.workspace.${outputs.location}.api.azureml.ms/discovery`]
      : [];
  const vault = `${outputs.keyVaultUri.replace(/\/$/, '')}/secrets?api-version=7.4`;
  return [
    { ...look, name: 'vault', url: vault },
    { ...look, name: 'blob', url: `https://${outputs.storageAccountName}.blob.core.windows.net/` },
    { ...look, name: 'registry', url: `https://${outputs.registryLoginServer}/v2/` },
    { ...look, name: 'web-app', url: `https://${outputs.inferenceAppHost}/`, seconds: 60 },
    ...api.map((url) => ({ ...look, name: 'workspace', url })),
  ];
}

function privateAndAnswering(
  look: Look,
  sight: Sight | undefined,
  ranges: readonly string[],
): Evidence {
  const addresses =
    sight === undefined || sight.resolved.length > 0
      ? (sight?.resolved ?? [])
      : [sight.remoteAddress].filter((address) => address !== '');
  const isPrivate = addresses.length > 0 && addresses.every((one) => inRanges(one, ranges));
  const answered = sight?.status !== undefined;
  const answer = answered ? `status ${sight.status}` : (sight?.failure?.text ?? 'no answer');
  return {
    ...{ check: `private-${look.name}`, subject: new URL(look.url).hostname, from: 'inside' },
    result: isPrivate && answered ? 'closed' : 'hole',
    seen: `${addresses.join(', ') || 'no address'}; ${answer}`,
  };
}

function wayOut(
  check: string,
  look: Look | undefined,
  sight: Sight | undefined,
  asPromised: boolean,
): Evidence {
  const seen =
    sight?.status === undefined ? (sight?.failure?.text ?? 'nothing') : `status ${sight.status}`;
  const subject = look === undefined ? '' : new URL(look.url).hostname;
  return { check, subject, from: 'inside', result: asPromised ? 'closed' : 'hole', seen };
}
