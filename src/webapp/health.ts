import { growingPauses } from '../azure/pauses.ts';
import { Problem } from '../errors.ts';
import type { Look, Sight, Vantage } from '../network/vantage.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Finding, Patient } from './diagnosis.ts';
import { diagnose, idsOf } from './diagnosis.ts';
import { resolveAgain } from './references.ts';
import { readStartLog, shownEnd } from './start-log.ts';

/** The app signs in and reads its workspace before it answers: minutes after a cold start. */
const DEADLINE_SECONDS = 900;
/** References are not looked up more often than this: a refresh may start the app anew. */
const REFRESH_SECONDS = 120;

/** A healthy app, and what else was seen with the same look. */
export interface Healthy {
  /** Seconds until the app said so. */
  readonly seconds: number;
  readonly others: readonly Sight[];
}

/**
 * Asks from inside until the app itself says that it is healthy; `others` are looked at in the same go.
 * The platform's own pages do not count. In between ARM is asked for the reason: where waiting cannot mend
 * it, waiting ends. Throws a Problem with the reason, and puts the end of the start-up log into the run's.
 */
export async function untilHealthy(
  patient: Patient,
  vantage: Vantage,
  others: readonly Look[],
): Promise<Healthy> {
  const { clock, log } = patient.tools;
  const started = clock.now();
  const pause = growingPauses(20);
  const physician = openPhysician(patient);
  for (let looks = 1; ; looks += 1) {
    const [sight, ...seen] = await vantage.look([healthLook(patient.outputs), ...others]);
    const waited = Math.round((clock.now() - started) / 1000);
    if (sight !== undefined && isHealthy(sight)) {
      return { seconds: (clock.now() - started) / 1000, others: seen };
    }
    // The first look often meets an app that has only just been told to start.
    const finding = looks === 1 ? undefined : await physician();
    if (finding?.certain === true || waited >= DEADLINE_SECONDS) {
      await showLog(patient);
      throw unhealthy({ sight, waited, finding }, patient.outputs);
    }
    const why = finding === undefined ? '' : ` ${finding.what}.`;
    log.info(`The app is not healthy yet: ${shortly(sight)}, ${waited} s.${why}`);
    await clock.sleep(pause());
  }
}

function healthLook({ inferenceAppHost }: Outputs): Look {
  return { name: 'health', method: 'GET', url: `https://${inferenceAppHost}/`, resolve: true };
}

/** Asks for the reason, and has stale references looked up anew, now and then. */
function openPhysician(patient: Patient): () => Promise<Finding | undefined> {
  const { clock } = patient.tools;
  let refreshed = -Infinity;
  return async () => {
    const finding = await diagnose(patient);
    if (finding?.stale === true && clock.now() - refreshed >= REFRESH_SECONDS * 1000) {
      refreshed = clock.now();
      await resolveAgain(patient.outputs, patient.session.arm);
    }
    return finding;
  };
}

async function showLog({ outputs, session, tools }: Patient): Promise<void> {
  const lines = await readStartLog(outputs, session, tools);
  const { log } = tools;
  if (lines === undefined || lines.length === 0) {
    log.info(
      'App Service gives no start-up log of the app; the Azure portal shows its log stream.',
    );
    return;
  }
  await log.group('The end of the start-up log of the app', async () => {
    for (const line of shownEnd(lines, idsOf(outputs))) log.info(line);
  });
}

/** Whether this answer to `GET /` is the app's own, and says healthy. */
function isHealthy({ status, headers, body }: Sight): boolean {
  if (status !== 200 || !(headers['content-type'] ?? '').startsWith('application/json')) {
    return false;
  }
  try {
    return (JSON.parse(body) as { status?: unknown } | null)?.status === 'Healthy';
  } catch {
    return false;
  }
}

/** A sight in a few words. */
export function shortly(sight: Sight | undefined): string {
  if (sight?.status !== undefined) return `status ${sight.status}`;
  return sight?.failure?.text ?? 'no answer';
}

interface Failure {
  readonly sight: Sight | undefined;
  readonly waited: number;
  readonly finding: Finding | undefined;
}

function unhealthy({ sight, waited, finding }: Failure, { inferenceAppName }: Outputs): Problem {
  const seen = `${shortly(sight)} after ${waited} s`;
  const what = finding === undefined ? seen : `${finding.what} (${seen})`;
  return new Problem(
    `The web app ${inferenceAppName} has its package but is not healthy: ${what}.`,
    finding?.next ?? reason(sight),
    { anchor: 'unhealthy-app' },
  );
}

/** What the answer alone tells, where ARM knows nothing. */
function reason(sight: Sight | undefined): string {
  if (sight?.status === undefined) {
    return 'it cannot be reached from inside, or answers nothing: look at its private endpoint, the zone privatelink.azurewebsites.net and whether the app is running.';
  }
  if (sight.status === 403) {
    return 'App Service refuses the request before the app sees it: the name leads to the public address, or the app is stopped.';
  }
  if (sight.status >= 500) {
    return 'the app does not start. It signs in and reads the workspace while it starts; settings, references and roles are there as far as ARM knows, so a blocked way out or the package itself stops it. Its start-up log is in the log of this run.';
  }
  return 'something else than the inference app answers: look at what the package contains.';
}
