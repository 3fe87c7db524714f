import { Problem } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import type { State } from '../state/index.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { actionsOf, movedKinds, sameFingerprint } from './fingerprint.ts';
import type { Terraform } from './index.ts';
import { refuseLosses } from './losses.ts';
import type { Plan } from './plan-file.ts';
import type { BegunReview } from './remainder.ts';
import { begun, isRemainder, readReview } from './remainder.ts';
import { fingerprintNow } from './reviewed.ts';

/** Leave to apply one plan. */
export interface Approval {
  /** To be called before the apply: what is cut off from here on may be finished later. */
  begin(): Promise<void>;
  /** To be called when the apply has ended well: there is nothing left to finish. */
  end(): Promise<void>;
}

/**
 * Leave to apply this plan. Without the input plan-fingerprint any plan may be applied that deletes
 * nothing that holds data; with it only the one that was reviewed, or what is left of that one where
 * its apply was cut off. Throws a Problem that names what moved, or what would be lost.
 */
export async function approvalOf(
  plan: Plan,
  terraform: Pick<Terraform, 'material'>,
  settings: Settings,
  state: State,
  tools: Pick<Toolbox, 'files' | 'log'>,
): Promise<Approval> {
  const blob = `${settings.environment}.reviewed.json`;
  const write = (review: BegunReview): Promise<void> =>
    state.blobs.write(blob, `${JSON.stringify(review)}\n`);
  // What was reviewed is done: it may be started again as long as there is nothing left to do.
  const ended = (review: BegunReview) => () => write({ ...review, actions: {} });
  const given = settings.planFingerprint;
  if (given === '') {
    refuseLosses(plan);
    return { begin: async () => {}, end: () => state.blobs.delete(blob) };
  }
  const now = await fingerprintNow(plan, terraform, settings, state, tools);
  if (sameFingerprint(now.text, given)) {
    const record = begun(plan, now);
    return { begin: () => write(record), end: ended(record) };
  }
  const review = readReview((await state.blobs.read(blob))?.toString());
  if (review === undefined || !isRemainder(review, given, plan, now)) throw stale(given, now.text);
  const [left, all] = [actionsOf(plan).length, Object.keys(review.actions).length];
  tools.log.info(
    all === 0
      ? 'An earlier run has applied the plan with this fingerprint, and nothing else is planned.'
      : `An earlier run began to apply the plan with this fingerprint: ${left} of its ${all} actions are left, and nothing else is planned.`,
  );
  return { begin: async () => {}, end: ended(review) };
}

function stale(given: string, now: string): Problem {
  const moved = movedKinds(given, now);
  const what = moved.length === 0 ? '' : ` What moved since: ${moved.join('; ')}.`;
  return new Problem(
    `plan-fingerprint: this is not the plan that was reviewed.${what} Its fingerprint is now ${now}.`,
    'plan again, review that, and deploy with its fingerprint, with the same inputs. Nothing of the environment has been changed.',
    { anchor: 'plan-fingerprint' },
  );
}
