import type { EgressRow, Outputs } from '../terraform/outputs.ts';
import type { Evidence } from './evidence.ts';
import type { Look, Sight } from './vantage.ts';

/** A look at the way out, and what it is judged by. */
export interface WayOut {
  readonly look: Look;
  readonly judge: (sight: Sight | undefined) => Evidence;
}

/** Every way out that is worth a look: each listed host, and several that nobody listed. */
export function waysOut(outputs: Outputs): readonly WayOut[] {
  return [...listedHosts(outputs.egress), ...unlisted(outputs)];
}

function listedHosts(egress: readonly EgressRow[]): WayOut[] {
  return egress
    .filter(({ kind }) => kind === 'host')
    .flatMap((row, at) =>
      row.destinations.map((host, index) => ({
        look: { ...get(`row-${at}-${index}`, `https://${host}/`), seconds: 30 },
        judge: (sight) => reachable(row, host, sight),
      })),
    );
}

function get(name: string, url: string): Look {
  return { name, method: 'GET', bytes: 120, url };
}

/** One check for each row: any answer of the host's own shows that the row works. */
function reachable(row: EgressRow, host: string, sight: Sight | undefined): Evidence {
  const base = { check: `reachable-${row.name}`, subject: host, from: 'inside' as const };
  if (sight?.status !== undefined && !blockedByFirewall(sight)) {
    return { ...base, result: 'closed', seen: `on the list; status ${sight.status}` };
  }
  const why = sight?.status === undefined ? sight?.failure?.text : 'blocked by the firewall';
  const seen = `on the list, but not reached: ${why ?? 'nothing'}. What breaks: ${row.breaks}`;
  return { ...base, result: 'hole', seen };
}

/** A host that must not be reached, and why it is one of those that are tried. */
interface Unlisted {
  readonly check: string;
  readonly url: string;
}

/**
 * Addresses that nobody listed but everybody could reach who is let out: each exists and answers, or
 * its silence would prove nothing. One that an environment lists after all is left out.
 */
function unlisted(outputs: Outputs): WayOut[] {
  const listed = new Set(
    outputs.egress
      .filter(({ kind }) => kind === 'host')
      .flatMap(({ destinations }) => destinations),
  );
  const elsewhere = outputs.location === 'northeurope' ? 'westeurope' : 'northeurope';
  const tried: readonly Unlisted[] = [
    // Reserved for examples (RFC 2606).
    { check: 'blocked-unlisted-host', url: 'https://example.com/' },
    // A name below one that is listed, which a rule with a wildcard would let through.
    { check: 'blocked-sub-domain', url: 'https://device.login.microsoftonline.com/' },
    { check: 'blocked-other-region', url: `https://${elsewhere}.api.azureml.ms/` },
    // Microsoft's open datasets: a storage account of another tenant that everybody may read.
    { check: 'blocked-other-account', url: 'https://azureopendatastorage.blob.core.windows.net/' },
    // A public resolver that answers HTTPS at its bare address: no name, so no rule for hosts fits.
    { check: 'blocked-bare-address', url: 'https://1.1.1.1/' },
  ];
  const plain = { check: 'blocked-plain-http', url: 'http://login.microsoftonline.com/' };
  return [...tried.filter(({ url }) => !listed.has(new URL(url).hostname)), plain].map(
    ({ check, url }) => ({
      look: { ...get(check, url), seconds: 20 },
      judge: (sight) => blocked(check, url, sight),
    }),
  );
}

function blocked(check: string, url: string, sight: Sight | undefined): Evidence {
  const { hostname, protocol } = new URL(url);
  const subject = protocol === 'http:' ? `${hostname}:80` : hostname;
  const base = { check, subject, from: 'inside' as const };
  if (sight?.status !== undefined) {
    return blockedByFirewall(sight)
      ? { ...base, result: 'closed', seen: `status ${sight.status}: denied by the firewall` }
      : { ...base, result: 'hole', seen: `answered with status ${sight.status}` };
  }
  const text = sight?.failure?.text ?? 'nothing';
  switch (sight?.failure?.kind) {
    case 'unreached':
      return { ...base, result: 'closed', seen: text };
    case 'untrusted':
      return { ...base, result: 'hole', seen: text };
    default:
      return { ...base, result: 'unproven', seen: text };
  }
}

/**
 * Azure Firewall's own answer to plain HTTP that no application rule allows: status 470, `Action:
 * Deny. Reason: No rule matched. Proceeding with default action.` (http.dev/470). HTTPS it cuts off
 * during the handshake instead, also where the client names no host (`SNI TLS extension was missing`
 * in its log); the TCP connection itself it takes, so that alone proves nothing.
 */
export function blockedByFirewall({ status, body }: Sight): boolean {
  return status === 470 && /Action: Deny/i.test(body);
}
