import type { Outputs } from '../terraform/outputs.ts';
import type { Look, Sight } from '../network/vantage.ts';
import { passKeySecret } from '../terraform/resource-ids.ts';
import type { Cause } from './causes.ts';
import type { Rung } from './contract.ts';
import { keyHeader, wrongKey } from './contract.ts';
import { harmless } from './harmless.ts';

/** What one rung of the ladder brought. */
export interface Verdict {
  readonly rung: Rung;
  readonly sight: Sight;
  /** What differs from the contract; empty where the rung passed. */
  readonly faults: readonly string[];
  /** Likely cause; undefined where the rung passed. */
  readonly cause: Cause | undefined;
  /** The run that was begun, or whose result was asked for. */
  readonly run?: string;
  /** For a result: seconds since its run was started. */
  readonly runSeconds?: number;
  /** What else is worth telling of a pass. */
  readonly remark?: string;
}

/** Where the service is, and where its key lies. */
export type Target = Pick<Outputs, 'inferenceAppHost' | 'keyVaultUri'>;

/** The request of a rung; the key goes under `header`, and is fetched where the request is made. */
export function lookOf(rung: Rung, target: Target, header: string = keyHeader): Look {
  const { name, method, path } = rung;
  const secretHeader = { header, vaultUri: target.keyVaultUri, secret: passKeySecret };
  return {
    ...{ name, method, url: `https://${target.inferenceAppHost}${path}` },
    headers: {
      ...(method === 'POST' ? { 'Content-Type': 'application/zip' } : {}),
      ...(rung.key === 'wrong' ? { [header]: wrongKey } : {}),
    },
    ...(rung.sent === undefined ? {} : { body: rung.sent }),
    ...(rung.key === 'right' ? { secretHeader } : {}),
    // A start that looks a model up takes the app seconds, after a cold start many.
    seconds: 60,
  };
}

/** What differs between an answer and the contract; empty where nothing does. */
export function faultsOf(rung: Rung, sight: Sight): string[] {
  if (sight.status === undefined) return [sight.failure?.text ?? 'no answer'];
  const { contentType, status, allow } = rung;
  const type = sight.headers['content-type'] ?? 'none';
  const allowed = methodsOf(sight.headers['allow']);
  const faults: string[] = [];
  if (sight.status !== status) faults.push(`status ${sight.status} instead of ${status}`);
  if (type !== contentType) faults.push(`content type ${harmless(type)} instead of ${contentType}`);
  if (allow !== undefined && allowed !== allow.join(', ')) {
    faults.push(`allows ${harmless(allowed) || 'nothing'} instead of ${allow.join(', ')}`);
  }
  if (!bodyFits(rung.body, sight)) faults.push('another body');
  return faults;
}

/** The methods of an Allow header, sorted. */
function methodsOf(allow: string | undefined): string {
  const methods = (allow ?? '').split(',').map((method) => method.trim());
  return methods
    .filter((method) => method !== '')
    .sort()
    .join(', ');
}

function bodyFits(wanted: Rung['body'], { body, cut }: Sight): boolean {
  if (wanted === undefined) return true;
  if (cut) return false;
  return typeof wanted === 'string' ? body === wanted : wanted.test(body);
}
