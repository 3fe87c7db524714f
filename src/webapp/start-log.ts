import { apis } from '../azure/api-versions.ts';
import { Cancelled, messageOf } from '../errors.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { siteOf } from '../terraform/resource-ids.ts';
import type { Toolbox } from '../toolbox/index.ts';

/** Lines of the log that come into the log of the run. */
const SHOWN_LINES = 40;
const SHOWN_CHARACTERS = 400;
/** Characters of a line that are looked at: an expression runs out of stack on a line of megabytes. */
const READ_CHARACTERS = 8000;
/** Nothing that is left out by its shape alone, such as a GUID, needs more characters than this to be known by it. */
const MARGIN_CHARACTERS = 100;

/**
 * The newest lines of what the platform and the app wrote while it started (WebApps_GetWebSiteContainerLogs,
 * through ARM; nothing of the app's deployment site is opened). Undefined where App Service gives none.
 */
export async function readStartLog(
  outputs: Outputs,
  { arm }: Pick<Session, 'arm'>,
  { log }: Pick<Toolbox, 'log'>,
): Promise<readonly string[] | undefined> {
  try {
    const bytes = await arm.postForBytes(`${siteOf(outputs)}/containerlogs`, apis.web);
    if (bytes === undefined || bytes.subarray(0, 2).toString('latin1') === 'PK') return undefined;
    const lines = bytes.toString('utf8').split(/\r\n|\n|\r/);
    return lines.filter((line) => line.trim() !== '');
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    log.debug(`The start-up log cannot be read: ${messageOf(error)}`);
    return undefined;
  }
}

/** What a start-up log tells. */
export interface LogVerdict {
  /** Starts that App Service gave up. */
  readonly failedStarts: number;
  /** Whether the process never answered at its port, rather than ended. */
  readonly silent: boolean;
  /** Whether Azure refused the app something, which a role that takes effect late mends. */
  readonly refused: boolean;
  /** The app's own last complaint; empty where it had none. */
  readonly lastWords: string;
}

/** App Service's own lines, as they are quoted in public reports (azure-webapps, 2019 to 2025). */
const failedStart = /because it failed during startup|Failed to start site/i;
const ended = /has exited, failing site start|exited with code/i;
const ownLine = /\s(INFO|WARN|WARNING|ERROR)\s+-\s/;
const refusal =
  /AuthorizationFailed|does not have authorization|\b(401|403)\b|Forbidden|Unauthorized|AADSTS\d|ManagedIdentityCredential|CredentialUnavailable|does not see the subscription/i;
const complaint = /\b\w*(Error|Exception)\b|does not start/;

/** Reads a log from a moment on; `since` in milliseconds. Lines without a time belong to the line before. */
export function judgeLog(lines: readonly string[], since: number): LogVerdict {
  const fresh = linesSince(lines, since);
  const own = fresh.filter((line) => ownLine.test(line));
  const app = fresh.filter((line) => !ownLine.test(line));
  return {
    failedStarts: own.filter((line) => failedStart.test(line)).length,
    silent: !own.some((line) => ended.test(line)),
    refused: app.some((line) => refusal.test(line)),
    lastWords: withoutTime(app.filter((line) => complaint.test(line)).at(-1) ?? ''),
  };
}

function linesSince(lines: readonly string[], since: number): readonly string[] {
  let isFresh = false;
  return lines.filter((line) => {
    const time = timeOf(line);
    if (time !== undefined) isFresh = time >= since;
    return isFresh;
  });
}

/** App Service writes UTC, with `T` and `Z` or without; to the second, so that nothing is lost by rounding. */
function timeOf(line: string): number | undefined {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)/.exec(line) ?? [];
  return day === undefined ? undefined : Date.parse(`${day}T${time ?? ''}.999Z`);
}

function withoutTime(line: string): string {
  return line.replace(/^\d{4}-\d\d-\d\d[T ][\d:.]+Z?\s*/, '').trim();
}

/**
 * The end of a log as the run may show it: no line can act as a workflow command, and what could be a
 * secret is left out. The pass key is a GUID, so every GUID but the ones in `known` is.
 */
export function shownEnd(lines: readonly string[], known: readonly string[]): readonly string[] {
  return lines.slice(-SHOWN_LINES).map((line) => `  ${harmless(line, known)}`);
}

const guid = /(?<![0-9a-f])[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}(?![0-9a-f])/gi;

/** One line of somebody else's log, without secrets, control characters and commands. */
export function harmless(line: string, known: readonly string[]): string {
  const masked = withoutForce(line.slice(0, READ_CHARACTERS), known);
  // What the cut went through may have lost its shape.
  const whole = line.length > READ_CHARACTERS ? masked.slice(0, -MARGIN_CHARACTERS) : masked;
  return whole.slice(0, SHOWN_CHARACTERS);
}

function withoutForce(line: string, known: readonly string[]): string {
  const mayStay = new Set(known.map((id) => id.toLowerCase()));
  return line
    .replace(/\u001b\[[0-9;]*[A-Za-z]/g, '')
    .replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/g, '?')
    .replace(/\beyJ[\w-]+\.[\w.-]+/g, '***')
    .replace(
      /\b(sig|AccountKey|SharedAccessKey|\w*(?:secret|password|token))=[^\s&;,]+/gi,
      '$1=***',
    )
    .replace(/[A-Za-z0-9+/]{64,}={0,2}/g, '***')
    .replace(guid, (id) => (mayStay.has(id.toLowerCase()) ? id : '***'))
    .replace(/::/g, ': :')
    .replace(/##\[/g, '## [');
}
