import type { Bundle, FunctionOf, Job } from './parser.ts';

/** How a job ends, in GitHub's words. */
export type Outcome = 'success' | 'failure' | 'cancelled' | 'skipped';

/** What is given: inputs, and how jobs end that do not end well by themselves. */
export interface Play {
  readonly inputs: Readonly<Record<string, string | boolean>>;
  readonly forced?: Readonly<Record<string, Outcome>>;
  /** The job during which somebody cancels the run. */
  readonly cancelledAt?: string;
}

/**
 * Which jobs run and how each ends, by GitHub's rules for `if:`: success() wants every job that came
 * before to have succeeded, always() wants nothing. Jobs stand in the order of their needs.
 */
export function simulate(
  parser: Bundle,
  jobs: readonly Job[],
  play: Play,
): Record<string, Outcome> {
  const results: Record<string, Outcome> = {};
  const before = new Map<string, Set<string>>();
  let cancelled = false;
  for (const job of jobs) {
    const id = job.id.value;
    const needs = (job.needs ?? []).map(({ value }) => value);
    const all = new Set(needs.flatMap((need) => [need, ...(before.get(need) ?? [])]));
    before.set(id, all);
    const past = [...all].map((name) => results[name] ?? 'skipped');
    const runs = isTrue(parser, job.if.expression, {
      status: {
        success:
          !cancelled &&
          needs.every((need) => results[need] === 'success') &&
          past.every((one) => one !== 'failure'),
        failure: past.includes('failure'),
        cancelled,
        always: true,
      },
      needs: Object.fromEntries(needs.map((need) => [need, results[need] ?? 'skipped'])),
      inputs: play.inputs,
    });
    results[id] = runs ? (play.forced?.[id] ?? 'success') : 'skipped';
    if (id === play.cancelledAt) cancelled = true;
  }
  return results;
}

interface Situation {
  readonly status: Readonly<Record<string, boolean>>;
  readonly needs: Readonly<Record<string, Outcome>>;
  readonly inputs: Play['inputs'];
}

function isTrue({ Lexer, Parser, Evaluator, data }: Bundle, text: string, now: Situation): boolean {
  const value = (one: string | boolean): unknown =>
    typeof one === 'boolean' ? new data.BooleanData(one) : new data.StringData(one);
  const dictionary = (entries: [string, unknown][]): unknown =>
    new data.Dictionary(...entries.map(([key, entry]) => ({ key, value: entry })));
  const functions = Object.entries(now.status).map(([name, holds]): FunctionOf => ({
    ...{ name, minArgs: 0, maxArgs: 0 },
    call: () => new data.BooleanData(holds),
  }));
  const contexts = dictionary([
    ['inputs', dictionary(Object.entries(now.inputs).map(([name, one]) => [name, value(one)]))],
    [
      'needs',
      dictionary(
        Object.entries(now.needs).map(([name, one]) => [
          name,
          dictionary([['result', value(one)]]),
        ]),
      ),
    ],
  ]);
  const { tokens } = new Lexer(text).lex();
  const tree = new Parser(tokens, ['inputs', 'needs'], functions).parse();
  const byName = new Map(functions.map((one) => [one.name, one]));
  const result = new Evaluator(tree, contexts, byName).evaluate().coerceString();
  return result !== 'false' && result !== '';
}
