import type { Outputs } from '../terraform/outputs.ts';
import { inRanges } from './address.ts';
import type { Deployed } from './deployed.ts';
import { scmHost, workspaceHost } from './doors.ts';
import type { Evidence } from './evidence.ts';
import type { Look, Sight } from './vantage.ts';
import { blockedByFirewall } from './way-out-evidence.ts';

/** A name that must lead to a private address of the network. */
export interface PrivateName {
  readonly look: Look;
  /** Whether something must answer there, too. */
  readonly answers: boolean;
}

/** The names of all data planes, as far as ARM tells them. */
export function privateNames(outputs: Outputs, deployed: Deployed): readonly PrivateName[] {
  const { workspaceGuid: guid, notebookHost, imagesAccount: images } = deployed;
  const registry = outputs.registryLoginServer;
  const vault = outputs.keyVaultUri.replace(/\/$/, '');
  const account = (service: string): string =>
    `https://${outputs.storageAccountName}.${service}.core.windows.net/`;
  return [
    name('vault', `${vault}/secrets?api-version=7.4`),
    name('blob', account('blob')),
    name('file', account('file')),
    ...(images === undefined ? [] : [name('images', `https://${images}.blob.core.windows.net/`)]),
    name('registry', `https://${registry}/v2/`),
    // Layers come from a name of their own: learn.microsoft.com, "Connect privately to an Azure
    // container registry using Azure Private Link".
    name('registry-data', `https://${registry.replace('.', `.${outputs.location}.data.`)}/`),
    ...(guid === undefined ? [] : workspaceNames(outputs, guid)),
    ...(notebookHost === undefined ? [] : [name('notebooks', `https://${notebookHost}/`)]),
    // An app that was not asked for a while takes long to start.
    name('web-app', `https://${outputs.inferenceAppHost}/`, { seconds: 60 }),
    name('scm', `https://${scmHost(outputs)}/`, { seconds: 60 }),
  ];
}

function workspaceNames(outputs: Outputs, guid: string): PrivateName[] {
  const host = workspaceHost(outputs, guid);
  const cert = host.replace('.api.', '.cert.api.');
  return [
    name('workspace', `https://${host}/discovery`),
    // One of the names in learn.microsoft.com, "How to use your workspace with a custom DNS server".
    // It takes clients by certificate alone (from memory), so only its address is judged.
    { ...name('workspace-cert', `https://${cert}/`), answers: false },
  ];
}

function name(what: string, url: string, more: Partial<Look> = {}): PrivateName {
  const look = { name: what, method: 'GET', bytes: 0, resolve: true, url, ...more } as const;
  return { look, answers: true };
}

/** Judges what was seen of one name: each address of it is the network's, and its service answers. */
export function judgePrivate(
  { look, answers }: PrivateName,
  sight: Sight | undefined,
  ranges: readonly string[],
): Evidence {
  const addresses = addressesIn(sight);
  const isPrivate = addresses.length > 0 && addresses.every((one) => inRanges(one, ranges));
  const answered = sight?.status !== undefined && !blockedByFirewall(sight);
  const answer =
    sight?.status === undefined
      ? (sight?.failure?.text ?? 'no answer')
      : `${answered ? 'answers with' : "the firewall's own"} status ${sight.status}`;
  return {
    ...{ check: `private-${look.name}`, subject: new URL(look.url).hostname, from: 'inside' },
    result: isPrivate && (answered || !answers) ? 'closed' : 'hole',
    seen: `${addresses.join(', ') || 'no address'}; ${answer}`,
  };
}

/** What the name resolves to; where nobody resolved it, the address that was connected to. */
export function addressesIn(sight: Sight | undefined): readonly string[] {
  if (sight === undefined || sight.resolved.length > 0) return sight?.resolved ?? [];
  return [sight.remoteAddress].filter((address) => address !== '');
}

/** Rows for the names that ARM does not tell. */
export function unnamed({ workspaceGuid, notebookHost }: Deployed): Evidence[] {
  const missing = [
    ...(workspaceGuid === undefined ? ['workspace'] : []),
    ...(notebookHost === undefined ? ['notebooks'] : []),
  ];
  return missing.map((what) => ({
    ...{ check: `private-${what}`, subject: what, from: 'inside', result: 'unproven' },
    seen: 'ARM does not tell its host name',
  }));
}
