import { existsSync } from 'node:fs';
import { endedRuns } from '../../../local-azure/operations/github/runs.ts';
import type { StepOptions, StepResult } from '../../../local-azure/demo/runner.ts';
import type { Site } from '../site.ts';
import { atMoment } from './moment.ts';
import type { Moment } from './moment.ts';
import { commandOf, killAllAt, pidsAt } from './processes.ts';
import type { StateWatch } from './state-watch.ts';

/**
 * How a run is cut off: by the signal of a cancelled run; its machine is lost (everything killed, no
 * clean-up); its main step alone is killed, and the clean-up follows; or one write's answer is lost.
 */
export const cutKinds = ['int', 'term', 'kill', 'post', 'lost-answer'] as const;
export type CutKind = (typeof cutKinds)[number];

/** What was seen of a deploy that was cut off. */
export interface Cut {
  readonly result: StepResult;
  /** False where the run was over before its moment came. */
  readonly struck: boolean;
  readonly problems: readonly string[];
}

/** Cuts a deploy of the network off, and looks at what it left. */
export async function cutDeploy(
  site: Site,
  state: StateWatch,
  kind: CutKind,
  moment: Moment,
  run: WorkflowRun,
): Promise<Cut> {
  const cancel = new AbortController();
  const lost = new AbortController();
  const runner = `${site.folder}/runner`;
  let pid = 0;
  let struck = false;
  const hasStruck = (): boolean => struck;
  const strike = (): void => {
    struck = true;
    if (kind === 'int' || kind === 'term') cancel.abort();
    if (kind === 'post') killAlone(pid);
    if (kind === 'kill') {
      lost.abort();
      killAllAt(runner);
    }
  };
  const options = {
    environment: run.environment,
    cancelled: cancel.signal,
    firstSignal: kind === 'term' ? 'SIGTERM' : 'SIGINT',
    begun: (id: number) => (pid = id),
    lost: lost.signal,
  } satisfies StepOptions & { environment: WorkflowRun['environment'] };
  const watch =
    kind === 'lost-answer' ? loseAnswer(site, moment) : atMoment(site.azure, moment, strike);
  const running = site.step('deploy', { stages: 'network', ...run.inputs }, options);
  const result = await running.finally(() => watch.end());
  const hit = kind === 'lost-answer' ? wasLost(site) : hasStruck() && !wasOver(kind, result);
  const problems = hit ? problemsOf(kind, result, runner, state) : problemsOfWhole(result);
  return { result, struck: hit, problems };
}

/** What is wrong with a run that nothing struck. */
function problemsOfWhole({ code, log }: StepResult): readonly string[] {
  return code === 0 ? [] : [`failed before its moment came:\n${log.slice(-3000)}`];
}

/** Whether a cancel came when the main step had done everything: then there was nobody to hear it. */
function wasOver(kind: CutKind, { code, log }: StepResult): boolean {
  if ((kind !== 'int' && kind !== 'term') || code !== 0) return false;
  const [, after = ''] = log.split('received: stopping.');
  return !/== |complete after/.test(after);
}

function killAlone(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Cuts the connection after the nth PUT of the run was executed, before its answer. */
function loseAnswer(site: Site, { requests }: Moment): { end(): void } {
  const fault = { kind: 'reset', when: 'after' } as const;
  site.azure.faults.add({ match: { method: 'PUT' }, nth: requests, fault });
  return { end: () => site.azure.faults.clear() };
}

function wasLost({ azure }: Site): boolean {
  return azure.journal.entries.some(({ status, method }) => status === 0 && method === 'PUT');
}

function problemsOf(
  kind: CutKind,
  result: StepResult,
  runner: string,
  state: StateWatch,
): readonly string[] {
  const { code, log, signals, state: kept } = result;
  const problems: string[] = [];
  const left = pidsAt(runner);
  if (left.length > 0) problems.push(`still running: ${left.map(commandOf).join('; ')}`);
  if (kind === 'kill' || kind === 'lost-answer') return problems;
  const cancelled = kind !== 'post';
  if (cancelled && signals.length !== 1) problems.push(`it took ${signals.join(', ')}`);
  if (cancelled && code === 0) problems.push('ended green though it was cancelled');
  if (existsSync(kept['scratch'] ?? '')) problems.push('its scratch folder is left');
  const saysWhy = /lock .* (is|may be) left/.test(log);
  if (state.isLocked() && !(kind === 'post' && saysWhy)) problems.push('the state is locked');
  const saved = new Set(state.versions.at(-1)?.ids.keys());
  const missing = [...createdBy(log)].filter((address) => !saved.has(address));
  if (missing.length > 0 && !state.isLocked()) {
    problems.push(`created, and not in the state: ${missing.join(', ')}`);
  }
  return problems;
}

/** The addresses that Terraform says it has created. */
export function createdBy(log: string): ReadonlySet<string> {
  const lines = log.matchAll(/(?:^|\] )([\w.]+(?:\["[^"]*"\])?): Creation complete after/gm);
  return new Set([...lines].map(([, address = '']) => address));
}

/** One run of the workflow: its number, and a token by which it can ask GitHub about others. */
export interface WorkflowRun {
  readonly inputs: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Lets GitHub say that it is over. */
  readonly end: () => void;
}

/** The nth run of the workflow, from 1. */
export function workflowRun({ azure }: Site, number: number): WorkflowRun {
  const id = String(7_000_000_000 + number);
  return {
    inputs: { 'github-token': azure.environment['GITHUB_TOKEN'] ?? '' },
    environment: { GITHUB_RUN_ID: id },
    end: () => void endedRuns(azure.world).set(`${id}/1`, new Date().toISOString()),
  };
}
