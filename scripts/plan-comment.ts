import { readFileSync } from 'node:fs';
import { planComment } from '../src/report/plan-comment.ts';
import { readPlan } from '../src/terraform/plan-file.ts';

/** Prints the comment for a plan: `terraform show -json tfplan | npm run --silent plan-comment [environment]`. */
const [environment = 'demo'] = process.argv.slice(2);
try {
  const plan = readPlan(readFileSync(0, 'utf8'));
  process.stdout.write(`${planComment({ environment, plan }).body}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
