import { growingPauses } from '../azure/pauses.ts';
import { Problem } from '../errors.ts';
import type { Sight, Vantage } from '../network/vantage.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';

/** The app signs in and reads its workspace before it answers: minutes after a cold start. */
const DEADLINE_SECONDS = 900;

/**
 * Asks from inside until the app itself says that it is healthy, and gives the seconds that took.
 * The platform's own pages do not count. Throws a Problem with the likely reason.
 */
export async function untilHealthy(
  outputs: Outputs,
  vantage: Vantage,
  { clock, log }: Pick<Toolbox, 'clock' | 'log'>,
): Promise<number> {
  const started = clock.now();
  const pause = growingPauses(20);
  const url = `https://${outputs.inferenceAppHost}/`;
  for (;;) {
    const [sight] = await vantage.look([{ name: 'health', method: 'GET', url, resolve: true }]);
    if (sight !== undefined && isHealthy(sight)) return (clock.now() - started) / 1000;
    const waited = Math.round((clock.now() - started) / 1000);
    if (waited >= DEADLINE_SECONDS) throw unhealthy(sight, outputs);
    log.info(`Waiting for the app to be healthy: ${shortly(sight)}, ${waited} s.`);
    await clock.sleep(pause());
  }
}

/** Whether this answer to `GET /` is the app's own, and says healthy. */
export function isHealthy({ status, headers, body }: Sight): boolean {
  if (status !== 200 || !(headers['content-type'] ?? '').startsWith('application/json')) {
    return false;
  }
  try {
    return (JSON.parse(body) as { status?: unknown } | null)?.status === 'Healthy';
  } catch {
    return false;
  }
}

function shortly(sight: Sight | undefined): string {
  if (sight?.status !== undefined) return `status ${sight.status}`;
  return sight?.failure?.text ?? 'no answer';
}

function unhealthy(sight: Sight | undefined, { inferenceAppName }: Outputs): Problem {
  return new Problem(
    `The web app ${inferenceAppName} has its package but is not healthy after ${DEADLINE_SECONDS} s: ${shortly(sight)}.`,
    reason(sight),
    { anchor: 'unhealthy-app' },
  );
}

function reason(sight: Sight | undefined): string {
  if (sight?.status === undefined) {
    return 'it cannot be reached from inside: look at its private endpoint, the zone privatelink.azurewebsites.net and whether the app is running.';
  }
  if (sight.status === 403) {
    return 'App Service refuses the request before the app sees it: the name leads to the public address, or the app is stopped.';
  }
  if (sight.status >= 500) {
    return 'the app does not start. It signs in and reads the workspace while it starts, so a missing setting, a Key Vault reference that is not resolved, a missing role or a blocked way out stops it; its log stream in the Azure portal names which. A package built for another Python stops it too.';
  }
  return 'something else than the inference app answers: look at what the package contains.';
}
