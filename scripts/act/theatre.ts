import { openStranger } from '../../local-azure/demo/stranger.ts';
import type { LocalAzure } from '../../local-azure/index.ts';
import type { JournalEntry } from '../../local-azure/journal.ts';
import type { AttemptName } from '../../local-azure/operations/github/runtime-token.ts';
import { issueRuntimeToken } from '../../local-azure/operations/github/runtime-token.ts';
import type { Ledger } from './ledger.ts';
import type { Act, ActRun, Occasion } from './run.ts';
import { runWorkflow } from './run.ts';

/** Everything a scene plays with. */
export interface Theatre {
  readonly act: Act;
  /** The product's own tree. */
  readonly root: string;
  readonly azure: LocalAzure;
  readonly ledger: Ledger;
  readonly print: (line: string) => void;
  /** owner/name of the consumer. */
  readonly repository: string;
}

/** One event: what starts, who starts it, and what of the surroundings is another than usual. */
export interface Event extends Pick<Occasion, 'event' | 'workflow' | 'payload'> {
  readonly from?: From;
  /** Variables of the repository that differ. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The attempt of the run; a new run has a number of its own. */
  readonly run?: { readonly id: string; readonly attempt: string };
  /** A line of the log at which somebody presses Cancel. */
  readonly cancelAt?: RegExp;
  /** Where its runner stands: variables of `standInside`; outside without them. */
  readonly place?: Readonly<Record<string, string>>;
  /** Whether its jobs run side by side, so that their order says nothing. */
  readonly parallel?: boolean;
}

/** A run and the requests that came while it lasted. */
export interface Scene extends ActRun {
  readonly requests: readonly JournalEntry[];
  /** Number of the run. */
  readonly runId: string;
  /** What the called workflow gave its caller. */
  readonly given: Readonly<Record<string, string>>;
}

/** Who starts the run: somebody of the repository, or a stranger's fork, which gets less. */
export type From = 'repository' | 'fork';

/**
 * Plays one event and claims what holds of every scene: it ends as it is to, exactly these jobs ran,
 * only the one that is to fail did, and nothing was asked of Local Azure that it does not know.
 */
export async function play(
  theatre: Theatre,
  title: string,
  event: Event,
  jobs: readonly string[],
  failing?: string,
): Promise<Scene> {
  const { azure, ledger, print, act } = theatre;
  ledger.scene(title);
  azure.journal.stage = title;
  const known = azure.journal.unknown.length;
  const given = event.from === 'fork' ? whatForksGet(azure) : whatJobsGet(azure);
  const { run: number = { id: given.jobEnv['GITHUB_RUN_ID'] ?? '', attempt: '1' } } = event;
  const run = await runWorkflow(act, {
    ...{ event: event.event, workflow: event.workflow, payload: event.payload },
    ...{ secrets: given.secrets, variables: { ...given.variables, ...event.variables } },
    cancelAt: event.cancelAt,
    jobEnv: {
      ...{ ...given.jobEnv, ...event.place },
      ...{ GITHUB_RUN_ID: number.id, GITHUB_RUN_ATTEMPT: number.attempt },
      ACTIONS_RUNTIME_TOKEN: await issueRuntimeToken(azure.world, nameOfAttempt(number)),
    },
  });
  print(`  took ${run.seconds.toFixed(1)} s`);
  claimEnd(ledger, run, event.parallel === true ? jobs.toSorted() : jobs, event, failing);
  const unknown = azure.journal.unknown.slice(known).map(nameOf);
  ledger.claim('Local Azure knows everything it was asked', unknown.length === 0, unknown);
  return {
    ...run,
    runId: number.id,
    requests: azure.journal.entries.filter(({ stage }) => stage === title),
    given: givenBy(run),
  };
}

/** A run and its attempt as numbers. */
function nameOfAttempt({ id, attempt }: NonNullable<Event['run']>): AttemptName {
  return { runId: Number(id), attempt: Number(attempt) };
}

/** How it ended: well, or by the one job that is to fail. */
function claimEnd(
  ledger: Ledger,
  run: ActRun,
  jobs: readonly string[],
  { parallel = false }: Event,
  failing: string | undefined,
): void {
  // `read` is the consumer's own job behind the called workflow; it has no place in the order.
  const inOrder = [...run.jobs.keys()].filter((name) => name !== 'read');
  const ran = parallel ? inOrder.toSorted() : inOrder;
  const results = [...run.jobs].map(([name, result]) => `${name}: ${result}`);
  const end = run.code === null ? 'killed: it did not end in time' : `exit code ${run.code}`;
  const seen = [...run.log.slice(-12), end].join('\n');
  ledger.claim(
    `these jobs ran${parallel ? '' : ', in this order'}: ${jobs.join(', ')}`,
    same(ran, jobs),
    results,
  );
  if (failing === undefined) {
    const allWell = run.jobs.has('read') && results.every((text) => text.endsWith(': success'));
    ledger.claim('act ends well', run.code === 0, seen);
    ledger.claim('every job succeeded', allWell, results);
    return;
  }
  const failed = [...run.jobs].filter(([, result]) => result !== 'success').map(([name]) => name);
  ledger.claim('act says that it failed', run.code === 1, seen);
  ledger.claim(`only this job failed: ${failing}`, same(failed, [failing]), results);
}

/** Lists of texts, alike. */
export function same(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A request in a few words. */
export function nameOf({ method, host, path }: JournalEntry): string {
  return `${method} ${host}${path}`;
}

function givenBy(run: ActRun): Record<string, string> {
  const json = run.outputs.get('read')?.['json'] ?? '{}';
  return JSON.parse(json) as Record<string, string>;
}

type Given = Pick<Occasion, 'variables' | 'secrets' | 'jobEnv'>;

/** What GitHub hands the jobs of the repository. */
export function whatJobsGet({ environment }: LocalAzure): Given {
  const value = (name: string): string => environment[name] ?? '';
  return {
    variables: {
      AZURE_CLIENT_ID: value('ARM_CLIENT_ID'),
      AZURE_TENANT_ID: value('ARM_TENANT_ID'),
      AZURE_SUBSCRIPTION_ID: value('ARM_SUBSCRIPTION_ID'),
      INNEREYE_IMAGE: `ghcr.io/owner/innereye@sha256:${'0123456789abcdef'.repeat(4)}`,
    },
    secrets: { GITHUB_TOKEN: value('GITHUB_TOKEN') },
    jobEnv: without(environment, /^(ARM_|GITHUB_TOKEN$|GITHUB_REPOSITORY$)/),
  };
}

/** GitHub hands a pull request from a fork neither variables nor the id-token endpoint. */
function whatForksGet(azure: LocalAzure): Given {
  const { secrets, jobEnv } = whatJobsGet(azure);
  return { variables: {}, secrets, jobEnv: without(jobEnv, /^ACTIONS_ID_TOKEN_/) };
}

function without(
  values: Readonly<Record<string, string>>,
  names: RegExp,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.test(name)));
}

/** Opens or closes a storage account of the environment by hand, by a plain ARM request. */
export async function changeByHand(
  { azure, ledger }: Theatre,
  publicNetworkAccess: 'Enabled' | 'Disabled',
): Promise<void> {
  azure.journal.stage = 'by hand';
  const stranger = await openStranger(azure.environment);
  const ids = await stranger.everything();
  const account = ids.find((id) => /storageAccounts\/[^/]*st[0-9a-f]{6}$/i.test(id)) ?? '';
  const change = { properties: { publicNetworkAccess } };
  const { status } = await stranger.arm('PATCH', account, '2023-05-01', change);
  ledger.claim(`by hand: publicNetworkAccess is ${publicNetworkAccess}`, status === 200, status);
}

/** Claims what a step wrote into its summary. */
export function claimSummary(
  ledger: Ledger,
  { summaries }: Scene,
  step: string,
  ...texts: string[]
): void {
  const summary = summaries.get(step) ?? '';
  for (const text of texts) {
    ledger.claim(`the summary of "${step}" says ${text}`, summary.includes(text), summary);
  }
}
