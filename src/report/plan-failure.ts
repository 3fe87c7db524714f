import { scrubbed } from '../scrub.ts';
import { code, fence, marker, visible } from './markdown.ts';

/** What a comment tells of a plan that could not be made. */
export interface PlanFailure {
  readonly environment: string;
  /** The text of the error, as the log has it. */
  readonly error: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly sha: string;
  /** The page of the run; empty where the runner does not say. */
  readonly run: string;
}

const mostLines = 20;
/** Azure's refusals name the missing action far behind: ids stand before it. */
const longestLine = 1_000;

/**
 * The comment that takes the place of an older plan, so that nobody goes by that one: why there is
 * none (the beginning of the error), since when, and in which run the rest is told.
 */
export function planFailureComment(failure: PlanFailure): string {
  return noPlan(failure, 'Planning failed: there is no plan, and an earlier one no longer holds.');
}

/** The comment in the place of a plan whose text GitHub does not take: `error` is what GitHub said. */
export function planUnshownComment(failure: PlanFailure): string {
  return noPlan(
    failure,
    'GitHub did not take the text of this plan: read it in the summary of the run. An earlier plan no longer holds.',
  );
}

function noPlan({ environment, error, at, sha, run }: PlanFailure, why: string): string {
  // Scrubbed here as well as on the way out: a cut must not leave half a secret unrecognised.
  const lines = scrubbed(error).split(/\r?\n/);
  const shown = lines.slice(0, mostLines).map((line) => visible(line, longestLine));
  const more = lines.length > mostLines ? ['…'] : [];
  const page = /^https:\/\/[\w.-]+(?::\d+)?\/[\w./-]+$/.test(run) ? ` ([this run](${run}))` : '';
  const commit = sha === '' ? '' : ` for commit ${code(sha)}`;
  return `${marker('plan', environment)}
## Plan for ${code(environment)}

> [!CAUTION]
> ${why}

${fence([...shown, ...more], 'text')}

Tried ${new Date(at).toISOString()}${commit}${page}. The next run of this workflow replaces this comment.
`;
}
