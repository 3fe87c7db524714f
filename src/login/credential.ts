import type { AccessToken, TokenCredential } from '@azure/core-auth';
import { Cancelled, Problem, messageOf } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import { retry } from '../retry.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { claimsOf } from './claims.ts';
import type { Claims } from './claims.ts';
import { aadstsCode, explainLogin } from './explain.ts';
import { keptUntilStale, staleAt } from './renewal.ts';

/** The audience that Entra demands of an id-token it exchanges. */
export const exchangeAudience = 'api://AzureADTokenExchange';

type Tools = Pick<Toolbox, 'clock' | 'log' | 'cancelled' | 'env' | 'runner'>;
type Ids = Pick<Settings, 'clientId' | 'tenantId'>;

/** Renewed this long before the end, or after two thirds of a shorter life. */
const marginSeconds = 300;
const waits = [1, 3, 9] as const;
const attemptSeconds = 30;
/** Entra's word for "try again". */
const passing = new Set(['90033', '90055', '50196', '900144']);

/** Whether this is a job of GitHub Actions; elsewhere the login of the Azure CLI is used. */
export function inWorkflow({ env }: Pick<Toolbox, 'env'>): boolean {
  return env['GITHUB_ACTIONS'] === 'true' || Boolean(env['ACTIONS_ID_TOKEN_REQUEST_URL']);
}

/** A credential that renews itself: in a workflow from a fresh id-token each time. */
export async function openCredential(ids: Ids, tools: Tools): Promise<TokenCredential> {
  return inWorkflow(tools) ? fromIdTokens(ids, tools) : fromAzureCli(ids, tools);
}

async function fromIdTokens({ clientId, tenantId }: Ids, tools: Tools): Promise<TokenCredential> {
  const { ClientAssertionCredential } = await import('@azure/identity');
  const refusals: Problem[] = [];
  const issuingHost = URL.parse(tools.env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '')?.hostname;
  let idToken: Claims | undefined;
  let assertion: Promise<string> | undefined;
  const ask = async (): Promise<string> => {
    try {
      const token = (await tools.runner.idToken(exchangeAudience)).reveal();
      idToken = claimsOf(token);
      return token;
    } catch (error) {
      if (error instanceof Problem) refusals.push(error); // the SDK would wrap it beyond recognition
      throw error;
    }
  };
  // the SDK calls this twice for one exchange; one id-token serves both
  const client = new ClientAssertionCredential(tenantId, clientId, () => (assertion ??= ask()), {
    retryOptions: { maxRetries: 0 }, // ours, which can be cancelled, are around it
  });
  const inner: TokenCredential = {
    getToken: async (scope, options) => {
      assertion = undefined;
      refusals.length = 0;
      try {
        return await client.getToken(scope, options);
      } catch (error) {
        throw refusals.at(0) ?? error;
      }
    },
  };
  return renewing(inner, tools, (error) =>
    explainLogin(messageOf(error), { clientId, tenantId, idToken, issuingHost }, error),
  );
}

async function fromAzureCli({ clientId, tenantId }: Ids, tools: Tools): Promise<TokenCredential> {
  const { AzureCliCredential } = await import('@azure/identity');
  return renewing(new AzureCliCredential({ tenantId }), tools, (error) => {
    const text = messageOf(error);
    if (aadstsCode(text) !== undefined) {
      return explainLogin(text, { clientId, tenantId, idToken: undefined }, error);
    }
    return new Problem(
      `There is no id-token here (this is no GitHub Actions job), and the Azure CLI gave no token: ${text.split('\n')[0] ?? ''}`,
      `log in with: az login --tenant ${tenantId}`,
      { cause: error, anchor: 'login' },
    );
  });
}

interface Kept {
  readonly token: AccessToken;
  readonly endsAt: number;
}

/** Caches by scope, renews in time, retries what passes, explains what does not. */
function renewing(
  inner: TokenCredential,
  tools: Tools,
  explain: (error: unknown) => Problem,
): TokenCredential {
  const kept = new Map<string, () => Promise<Kept>>();
  const acquire = async (scope: string | string[]): Promise<Kept> => {
    const began = tools.clock.now();
    try {
      const ask = (): Promise<AccessToken | null> =>
        inner.getToken(scope, {
          abortSignal: AbortSignal.any([
            tools.cancelled,
            AbortSignal.timeout(attemptSeconds * 1000),
          ]),
        });
      const token = await retry('Login', ask, patience(tools), tools);
      if (token === null) throw new Error('no token came');
      tools.runner.secret(token.token);
      const endsAt = token.expiresOnTimestamp;
      // The SDK's pipelines keep tokens too, up to a second before the end they are told, and MSAL
      // rounds that end to whole seconds: they are told when ours goes stale.
      const expiresOnTimestamp = staleAt(began, endsAt, marginSeconds);
      return { token: { ...token, expiresOnTimestamp }, endsAt };
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      if (tools.cancelled.aborted)
        throw new Cancelled('Cancelled while logging in.', { cause: error });
      throw error instanceof Problem ? error : explain(error);
    }
  };
  return {
    getToken: async (scope) => {
      const key = String(scope);
      const take =
        kept.get(key) ?? keptUntilStale(() => acquire(scope), marginSeconds, tools.clock.now);
      kept.set(key, take);
      return (await take()).token;
    },
  };
}

function patience(tools: Tools): Parameters<typeof retry>[2] {
  return {
    waits,
    worthRetrying: (error) => {
      if (tools.cancelled.aborted) return false;
      if (error instanceof Problem || isCertain(error)) return false;
      const code = aadstsCode(messageOf(error));
      return code === undefined || passing.has(code);
    },
  };
}

/** Errors that another attempt cannot change: the Azure CLI is missing, or not logged in. */
function isCertain(error: unknown): boolean {
  return error instanceof Error && error.name === 'CredentialUnavailableError';
}
