import type { Report } from '../commands/command.ts';
import { harmless } from '../smoke/harmless.ts';
import type { Smoke } from '../smoke/index.ts';
import type { Verdict } from '../smoke/judge.ts';
import { cellCode, code, count, markdownTable, plain, table } from './markdown.ts';

/** What a smoke test looks like to the reader, and why the step fails where a rung does. */
export function smokeReport(smoke: Smoke, host: string): Omit<Report, 'outputs'> {
  const { verdicts } = smoke;
  const failed = verdicts.filter(({ faults }) => faults.length > 0);
  const summary = [
    `## Smoke test of ${host}: ${failed.length === 0 ? 'passed' : 'FAILED'}`,
    introduction(smoke),
    ...(failed.length === 0 ? [] : ['### What failed', ...byCause(failed).map(failure)]),
    ...(failed.length === 0 ? [] : ['### All answers']),
    table(['rung', 'request', 'result', 'seconds', 'a pass proves'], verdicts.map(rowOf)),
  ].join('\n\n');
  const [first] = failed;
  return first === undefined ? { summary } : { summary, failure: failureOf(first, smoke) };
}

function introduction({ level, model, verdicts }: Smoke): string {
  if (level === 'contract') {
    return `Level contract: ${count(verdicts.length, 'answer')} that cost nothing. No image went through a model.`;
  }
  if (model === undefined) {
    return 'Level full, but no image was sent: what costs nothing must be right first.';
  }
  const runs = verdicts.flatMap(({ run }) => (run === undefined ? [] : [code(run)]));
  const told = [...new Set(runs)].join(' and ') || 'none';
  return (
    `Level full, with the model ${model.name}:${model.version}. Runs: ${told}; ` +
    'their seconds are from the start to the result.'
  );
}

function rowOf({ rung, sight, faults, run, runSeconds, remark }: Verdict): string[] {
  const passed = remark === undefined ? 'pass' : `pass: ${remark}`;
  const whole = runSeconds === undefined ? '' : `, run ${Math.round(runSeconds)}`;
  const path = run === undefined ? rung.path : rung.path.replace(run, '<run>');
  return [
    rung.name,
    `${rung.method} ${path}`,
    faults.length === 0 ? passed : `FAIL: ${faults.join('; ')}`,
    `${sight.seconds.toFixed(2)}${whole}`,
    rung.proves,
  ];
}

/** Failures that have one cause, in the order of the first of each. */
function byCause(failed: readonly Verdict[]): readonly (readonly Verdict[])[] {
  const names = [...new Set(failed.map(({ cause }) => cause?.name))];
  return names.map((name) => failed.filter(({ cause }) => cause?.name === name));
}

/** One cause: why it is likely so, what to do, and each request with what came for it. */
function failure(verdicts: readonly Verdict[]): string {
  const cause = verdicts[0]?.cause;
  const rows = verdicts.map((verdict) => [
    plain(verdict.rung.name),
    cellCode(requestOf(verdict)),
    cellCode(answerOf(verdict), 300),
  ]);
  return [
    `**Likely cause:** ${plain(cause?.what ?? 'unknown')}.`,
    `**Next step:** ${plain(cause?.next ?? 'look at the answer')}.`,
    markdownTable(['failed', 'request', 'answer'], rows),
  ].join('\n\n');
}

const keys = { none: 'without a key', wrong: 'with a wrong key', right: 'with the key' } as const;

function requestOf({ rung }: Verdict): string {
  const sent = rung.sent === undefined ? '' : `, ${rung.sent.length} bytes`;
  return `${rung.method} ${rung.path} ${keys[rung.key]}${sent}`;
}

/** An answer as far as it may be shown: never a key, no long body, nothing that acts. */
export function answerOf({ sight }: Pick<Verdict, 'sight'>): string {
  if (sight.status === undefined) return `none: ${harmless(sight.failure?.text ?? '')}`;
  const headers = ['content-type', 'server'].flatMap((name) => {
    const value = sight.headers[name];
    return value === undefined ? [] : [harmless(value, 60)];
  });
  const text = harmless(sight.body);
  const body = text === '' ? 'empty body' : text;
  return `${[String(sight.status), ...headers].join(', ')}: ${body}${sight.cut ? ' …' : ''}`;
}

function failureOf(first: Verdict, { verdicts }: Smoke): string {
  const wrong = verdicts.filter(({ faults }) => faults.length > 0).length;
  return (
    `The inference service broke its contract in ${wrong} of ${count(verdicts.length, 'answer')}; ` +
    `first ${first.rung.name}: ${first.faults.join('; ')}. ` +
    `Likely cause: ${first.cause?.what ?? 'unknown'}. What to do: ${first.cause?.next ?? 'look at the answer'}.`
  );
}
