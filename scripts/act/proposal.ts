import { openIssue } from '../../local-azure/operations/github/tracker.ts';
import type { Event, Scene, Theatre } from './theatre.ts';
import { play } from './theatre.ts';

/** A colleague opens a pull request; gives its number. */
export function openPullRequest({ azure }: Theatre): number {
  const title = 'Another address space';
  return openIssue(azure.world, { title, isPullRequest: true, author: 'colleague' }).number;
}

/** The plan of a pull request, as its push starts it. */
export async function planOn(
  theatre: Theatre,
  title: string,
  number: number,
  { from = 'repository', ...more }: Pick<Event, 'from' | 'run'> = {},
): Promise<Scene> {
  const repo = { full_name: theatre.repository };
  const head = from === 'fork' ? { full_name: 'stranger/innereye' } : repo;
  const payload = {
    action: 'synchronize',
    number,
    pull_request: { number, head: { ref: 'change', repo: head }, base: { ref: 'main', repo } },
    repository: { ...repo, default_branch: 'main' },
  };
  const occasion = { event: 'pull_request', workflow: 'plan.yml', payload, from, ...more };
  return play(theatre, title, occasion, ['Plan of demo']);
}
