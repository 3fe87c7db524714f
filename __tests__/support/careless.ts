import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultMatch } from '../../local-azure/faults.ts';
import type { SecretKind } from '../../local-azure/secrets/registry.ts';
import type { Site } from './site.ts';

/** The newest secret of a kind. */
export function latest({ azure }: Site, kind: SecretKind): string {
  const found = [...azure.secrets.values].findLast(([, one]) => one === kind);
  if (found === undefined) throw new Error(`There is no ${kind}.`);
  return found[0];
}

/** What a careless service would say: the newest secrets of these kinds, plain and in other spellings. */
export function careless(site: Site, ...kinds: readonly SecretKind[]): string {
  return kinds
    .map((kind) => latest(site, kind))
    .map((secret) => {
      const json = JSON.stringify(JSON.stringify({ access_token: secret }));
      return `You sent "Bearer ${secret}", ${json}, ${encodeURIComponent(secret)}`;
    })
    .join('; ');
}

/** Has a service refuse with the text that `said` gives at that moment, in the words of each plane. */
export function refuse({ azure }: Site, match: FaultMatch, said: () => string, status = 403): void {
  const fault = {
    kind: 'answer' as const,
    get answer() {
      const message = said();
      const error = { code: 'Careless', message };
      return { status, body: { error, error_description: `AADSTS700213: ${message}`, message } };
    },
  };
  azure.faults.add({ match, fault });
}

/** The variables of a job that pull request 1 of the repository itself has started. */
export function ofPullRequest({ folder }: Site): Record<string, string> {
  const base = { repo: { full_name: 'octo-org/innereye' } };
  const file = join(folder, 'event.json');
  writeFileSync(file, JSON.stringify({ pull_request: { number: 1, head: base, base } }));
  return { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: file };
}
