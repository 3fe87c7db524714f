import type { Arm } from '../azure/arm.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import type { Names } from '../names.ts';
import type { Toolbox } from '../toolbox/index.ts';

/** What a check found: fine (with a note of what it saw), or what is wrong and how to mend it. */
export type Finding =
  | { readonly ok: true; readonly note: string }
  | { readonly ok: false; readonly cause: string; readonly fix: string };

/** What a check may look at. It only reads. */
export interface Look {
  readonly session: Session;
  /** Ends with the deadline of the preflight. */
  readonly arm: Arm;
  readonly settings: Pick<Settings, 'environment' | 'location' | 'instanceUser'>;
  readonly names: Names;
  readonly tools: Pick<Toolbox, 'clock' | 'log' | 'cancelled'>;
}

export interface Check {
  /** As the table shows it. */
  readonly name: string;
  run(look: Look): Promise<Finding>;
}

export function fine(note: string): Finding {
  return { ok: true, note };
}

export function wrong(cause: string, fix: string): Finding {
  return { ok: false, cause, fix };
}

/** `/subscriptions/<id>` of the login. */
export function subscriptionOf({ session }: Look): string {
  return `/subscriptions/${session.subscriptionId}`;
}

/** The ARM id that a resource of this environment has, in its own group. */
export function idInGroup(look: Look, type: string, name: string): string {
  return `${subscriptionOf(look)}/resourceGroups/${look.names.resourceGroup}/providers/${type}/${name}`;
}
