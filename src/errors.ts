/**
 * A failure that the user can act on: what happened, then what to do.
 * `anchor` names the section of docs/troubleshooting.md that says more.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly next: string;
  readonly anchor: string | undefined;

  constructor(what: string, next: string, options?: ErrorOptions & { anchor?: string }) {
    super(`${what}\nNext: ${next}`, options);
    this.next = next;
    this.anchor = options?.anchor;
  }
}

/** Thrown where work stops because the run was cancelled; never shown as a defect. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  /** Whether the message says all that there is to say: what was under way, what is so now, what is next. */
  readonly isWhole: boolean;
  /** The stage that was under way. */
  during: string | undefined;

  constructor(message: string, options?: ErrorOptions & { isWhole?: boolean }) {
    super(message, options);
    this.isWhole = options?.isWhole ?? false;
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
