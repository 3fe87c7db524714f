import type { Session } from '../login/session.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Arm } from './arm.ts';
import { createArm } from './create-arm.ts';
import type { LineTools } from './exchange.ts';

/** The runner kills a cancelled step after 7.5 s; a last request must be out well before. */
const LAST_REQUEST_MS = 4000;

/**
 * The Arm for a last word: the session's own, or, where the step has been cancelled and that one
 * sends nothing any more, one that still may for four seconds.
 */
export function farewellArm(session: Session, tools: Toolbox): Arm {
  if (!tools.cancelled.aborted) return session.arm;
  return createArm(session.credential, farewellTools(tools));
}

/** What a line needs that may still be used for four seconds, also where the step has been cancelled. */
export function farewellTools({ clock, log }: Pick<Toolbox, 'clock' | 'log'>): LineTools {
  return { clock, log, cancelled: AbortSignal.timeout(LAST_REQUEST_MS) };
}
