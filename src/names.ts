import { createHash } from 'node:crypto';
import { derivedNames } from './name-rules.ts';

export type Names = { readonly [K in keyof typeof derivedNames]: string };

/** Six characters that make global names unique to subscription and environment: the same on every run. */
export function uniqueSuffix(environment: string, subscriptionId: string): string {
  return createHash('sha256')
    .update(`${subscriptionId.toLowerCase()}/${environment}`)
    .digest('hex')
    .slice(0, 6);
}

/** Every Azure name that follows from the environment's name and the subscription. */
export function namesOf(environment: string, subscriptionId: string): Names {
  const unique = uniqueSuffix(environment, subscriptionId);
  const entries = Object.entries(derivedNames).map(([key, rule]) => [
    key,
    rule.name(environment, unique),
  ]);
  return Object.fromEntries(entries) as Names;
}
