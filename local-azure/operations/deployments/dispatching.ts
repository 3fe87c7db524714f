import { allowed } from '../../arm/access.ts';
import { answerOf, authorizationFailed } from '../../arm/errors.ts';
import type { Faults } from '../../faults.ts';
import type { Answer, Caller } from '../../operation.ts';
import type { Router } from '../../router.ts';
import type { World } from '../../world.ts';

/** Sends a request to Local Azure itself, for a caller whose token has been checked already. */
export type Dispatch = (
  method: string,
  path: string,
  apiVersion: string,
  body: unknown,
  caller: Caller,
) => Promise<Answer>;

/**
 * A dispatch that finds operations by the router and asks for the caller's right, as the entrance
 * does. Of the faults, the ones that answer strike here, too.
 */
export function createDispatch(
  router: Router,
  world: World,
  faults?: Pick<Faults, 'strike'>,
): Dispatch {
  const host = 'management.azure.com';
  return async (method, path, apiVersion, body, caller) => {
    const fault = faults?.strike(method, host, path);
    if (fault?.kind === 'answer') return fault.answer;
    const match = router.find(method, host, path);
    if (match === undefined) {
      const message = `Local Azure does not simulate ${method} https://${host}${path}.`;
      return { status: 501, body: { error: { code: 'NotSimulated', message } } };
    }
    const { operation, params } = match;
    if (operation.needs !== undefined && !allowed(world, caller, operation.needs, path)) {
      return answerOf(authorizationFailed(caller.objectId, operation.needs, path));
    }
    const query = new URLSearchParams({ 'api-version': apiVersion });
    const call = { method, host, params, query, headers: {}, body, caller, path } as const;
    return operation.answer({ ...call, rawBody: Buffer.alloc(0), vantage: 'outside' }, world);
  };
}

/** The way deployments send their requests: `dispatch` in the world's data, which the entrance sets. */
export function dispatchOf(world: World): Dispatch {
  const dispatch = world.data.get('dispatch');
  if (typeof dispatch !== 'function') {
    throw new Error("The world has no 'dispatch': deployments cannot send requests.");
  }
  return dispatch as Dispatch;
}

/** Sends a write and waits, as a client would, until it has ended; gives the last answer. */
export async function sendAndWait(
  world: World,
  request: { method: string; path: string; apiVersion: string; body: unknown; caller: Caller },
  cancelled: () => boolean,
): Promise<Answer> {
  const { method, path, apiVersion, body, caller } = request;
  const dispatch = dispatchOf(world);
  const first = await dispatch(method, path, apiVersion, body, caller);
  const poll = first.headers?.['Azure-AsyncOperation'] ?? first.headers?.['Location'];
  if (first.status >= 400) return first;
  for (;;) {
    if (cancelled()) return first;
    const answer = await pollOnce(dispatch, poll, request);
    if (!isPending(answer)) return answer;
    await world.clock.sleep(20);
  }
}

async function pollOnce(
  dispatch: Dispatch,
  poll: string | undefined,
  { path, apiVersion, caller }: { path: string; apiVersion: string; caller: Caller },
): Promise<Answer> {
  if (poll === undefined) return dispatch('GET', path, apiVersion, undefined, caller);
  const url = new URL(poll);
  const version = url.searchParams.get('api-version') ?? apiVersion;
  return dispatch('GET', url.pathname, version, undefined, caller);
}

/** True while an answer to a poll, or a resource's own state, says that the work goes on. */
function isPending(answer: Answer): boolean {
  if (answer.status === 202) return true;
  const body = (answer.body ?? {}) as {
    status?: string;
    properties?: { provisioningState?: string };
  };
  const state = body.status ?? body.properties?.provisioningState ?? 'Succeeded';
  return !/^(Succeeded|Failed|Canceled|Ready|Completed|Running|Stopped)$/i.test(state);
}
