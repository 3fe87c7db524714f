/** What becomes a diagnostic: the summary alone carries the message, as azurerm's do. */
export class Failure extends Error {
  readonly detail: string;
  /** Names of attributes and indices that lead to the argument meant. */
  readonly path: readonly (string | number)[];
  constructor(summary: string, detail = '', path: readonly (string | number)[] = []) {
    super(summary);
    this.name = 'Failure';
    this.detail = detail;
    this.path = path;
  }
}

/** The words with which the real provider ends a call that was stopped. */
export const CANCELLED = 'context canceled';
