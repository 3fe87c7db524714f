import type { OutputName } from '../outputs.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Toolbox } from '../toolbox/index.ts';

/** What a command leaves: outputs of the step, and Markdown for the step summary. */
export interface Report {
  readonly outputs: Readonly<Partial<Record<OutputName, string>>>;
  readonly summary: string;
  /** A finding that makes the step fail although the command did its work, such as a hole in the network. */
  readonly failure?: string;
}

export type Command = (settings: Settings, tools: Toolbox) => Promise<Report>;
