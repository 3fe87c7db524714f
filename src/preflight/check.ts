import type { Arm } from '../azure/arm.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import type { Names } from '../names.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Choices } from './choices.ts';
import type { Facts } from './facts.ts';

/** What a check found: fine (with a note of what it saw), or what is wrong and how to mend it. */
export type Finding =
  | { readonly ok: true; readonly note: string }
  | { readonly ok: false; readonly cause: string; readonly fix: string };

/** What a check may look at. It only reads. */
export interface Look {
  readonly session: Session;
  /** Ends with the deadline of the preflight. */
  readonly arm: Arm;
  readonly settings: Pick<Settings, 'environment' | 'location'>;
  readonly choices: Choices;
  readonly names: Names;
  readonly facts: Facts;
  readonly tools: Pick<Toolbox, 'clock' | 'log' | 'cancelled'>;
}

export interface Check {
  /** As the table shows it. */
  readonly name: string;
  /** Asks what the region offers: says nothing new where the region itself is the mistake. */
  readonly regional?: true;
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

/** The ARM id of the group of the environment, or of its state. */
export function groupOf(look: Look, which: 'environment' | 'state' = 'environment'): string {
  const { resourceGroup, stateGroup } = look.names;
  return `${subscriptionOf(look)}/resourceGroups/${which === 'state' ? stateGroup : resourceGroup}`;
}

/** The ARM id that a resource of this environment has, in its own group. */
export function idInGroup(look: Look, type: string, name: string): string {
  return `${groupOf(look)}/providers/${type}/${name}`;
}

/** A list for people: the first few, and how many more there are. */
export function shortList(items: readonly string[], longest = 5): string {
  const more = items.length - longest;
  return `${items.slice(0, longest).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
