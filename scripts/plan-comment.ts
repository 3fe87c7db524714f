import { readFileSync } from 'node:fs';
import { schema } from '../src/inputs/schema.ts';
import { planComment } from '../src/report/plan-comment.ts';
import { readPlan } from '../src/terraform/plan-file.ts';

/** Prints the comment for a plan: `terraform show -json tfplan | npm run --silent plan-comment [environment]`. */
try {
  const environment = nameIn(process.argv.slice(2));
  const plan = readPlan(readFileSync(0, 'utf8'));
  process.stdout.write(`${planComment({ environment, plan }).body}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

/** The environment that the comment is for: the only argument, or demo. */
function nameIn([name = 'demo', ...more]: readonly string[]): string {
  const usage =
    'terraform show -json <plan file> | npm run --silent plan-comment [-- <environment>]';
  if (more.length > 0) throw new Error(`One environment at a time: ${usage}`);
  try {
    return schema.environment.parse(name, () => undefined);
  } catch (error) {
    throw new Error(`environment: ${(error as Error).message}\n${usage}`, { cause: error });
  }
}
