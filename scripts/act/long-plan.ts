import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commentsOf } from '../../local-azure/operations/github/tracker.ts';
import { claimSame } from './kept.ts';
import { openPullRequest, planOn } from './proposal.ts';
import type { Theatre } from './theatre.ts';
import { claimSummary } from './theatre.ts';

const tags = 200;

/**
 * A pull request that gives every resource so many tags that the plan is longer than a step summary may
 * be: comment and summary say what matters and where the rest is, and the rest is there.
 */
export async function longPlan(theatre: Theatre): Promise<void> {
  const file = join(theatre.act.consumer, 'demo.tfvars');
  const before = await readFile(file, 'utf8');
  const lines = Array.from({ length: tags }, (_, at) => `  "note-${at}" = "${'x'.repeat(200)}"\n`);
  await appendFile(file, `\ntags = {\n${lines.join('')}}\n`);
  try {
    await claimTold(theatre);
  } finally {
    await writeFile(file, before);
  }
}

async function claimTold(theatre: Theatre): Promise<void> {
  const { ledger, azure, repository } = theatre;
  const number = openPullRequest(theatre);
  const run = await planOn(theatre, 'a plan that is too long', number, {
    run: { id: '88', attempt: '1' },
  });
  const name = 'innereye-plan-demo.md';
  claimSummary(ledger, run, 'Plan', `the whole plan is the file \`${name}\``);
  const body = commentsOf(azure.world, number)[0]?.body ?? '';
  ledger.claim('the comment names the file', body.includes(`\`${name}\``), body);
  const address = `https://github.com/${repository}/actions/runs/88/artifacts/`;
  const given = run.given['plan-file'] ?? '';
  ledger.claim('the caller gets the address of the artifact', given.startsWith(address), given);

  const [whole] = (await claimSame(theatre, run, 'plan-demo-1'))?.files ?? [];
  ledger.claim(`it holds ${name}`, whole?.name === name, whole?.name);
  const text = whole?.text ?? '';
  const created = text.match(/^- \*\*create\*\* /gm)?.length;
  ledger.claim('it names every new resource', created === Number(run.given['adds']), created);
  const times = (tag: number): number => text.split(`+ tags.note-${tag}: `).length - 1;
  const seen = [0, tags - 1].map(times);
  const every = times(0) > 10 && Array.from({ length: tags }, (_, tag) => times(tag));
  const isWhole = every && every.every((count) => count === every[0]);
  ledger.claim('it has every tag of every resource', isWhole, seen);
}
