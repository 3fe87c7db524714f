import type { Toolbox } from '../toolbox/index.ts';

/** A request with an absolute https address. */
export interface Ask {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Gives the body as bytes; without it as text only. */
  readonly binary?: boolean;
}

export interface Exchange {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly bytes: Buffer;
}

/** Sends requests with a token; throws where no answer came, never on a status. */
export type Send = (ask: Ask) => Promise<Exchange>;

/** What a line needs of the toolbox. */
export type LineTools = Pick<Toolbox, 'clock' | 'log' | 'cancelled'>;
