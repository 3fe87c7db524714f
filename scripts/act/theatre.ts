import { openStranger } from '../../local-azure/demo/stranger.ts';
import type { LocalAzure } from '../../local-azure/index.ts';
import type { JournalEntry } from '../../local-azure/journal.ts';
import type { Ledger } from './ledger.ts';
import type { Act, ActRun, Occasion } from './run.ts';
import { runWorkflow } from './run.ts';

/** Everything a scene plays with. */
export interface Theatre {
  readonly act: Act;
  readonly azure: LocalAzure;
  readonly ledger: Ledger;
  readonly print: (line: string) => void;
  /** owner/name of the consumer. */
  readonly repository: string;
}

/** A run and the requests that came while it lasted. */
export interface Scene extends ActRun {
  readonly requests: readonly JournalEntry[];
  /** What the called workflow gave its caller. */
  readonly given: Readonly<Record<string, string>>;
}

/** Who starts the run: somebody of the repository, or a stranger's fork, which gets less. */
export type From = 'repository' | 'fork';

/**
 * Plays one event and claims what holds of every scene: it ends well, exactly these jobs ran, and
 * nothing was asked of Local Azure that it does not know.
 */
export async function play(
  theatre: Theatre,
  title: string,
  occasion: Pick<Occasion, 'event' | 'workflow' | 'payload'> & { readonly from?: From },
  jobs: readonly string[],
): Promise<Scene> {
  const { azure, ledger, print, act } = theatre;
  ledger.scene(title);
  azure.journal.stage = title;
  const known = azure.journal.unknown.length;
  const run = await runWorkflow(act, {
    ...occasion,
    ...(occasion.from === 'fork' ? whatForksGet(azure) : whatJobsGet(azure)),
  });
  print(`  took ${run.seconds.toFixed(1)} s`);
  // `read` is the consumer's own job behind the called workflow; it has no place in the order.
  const ran = [...run.jobs.keys()].filter((name) => name !== 'read');
  const results = [...run.jobs].map(([name, result]) => `${name}: ${result}`);
  const allWell = run.jobs.has('read') && results.every((text) => text.endsWith(': success'));
  const end = run.code === null ? 'killed: it did not end in time' : `exit code ${run.code}`;
  ledger.claim('act ends well', run.code === 0, [...run.log.slice(-12), end].join('\n'));
  ledger.claim(`these jobs ran, in this order: ${jobs.join(', ')}`, same(ran, jobs), results);
  ledger.claim('every job succeeded', allWell, results);
  const unknown = azure.journal.unknown.slice(known).map(nameOf);
  ledger.claim('Local Azure knows everything it was asked', unknown.length === 0, unknown);
  return {
    ...run,
    requests: azure.journal.entries.filter(({ stage }) => stage === title),
    given: givenBy(run),
  };
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

function whatJobsGet({ environment }: LocalAzure): Given {
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
