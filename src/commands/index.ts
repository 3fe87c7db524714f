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

type Name = Settings['command'];

/** Each command is a module of its own, loaded when it is asked for: start-up stays light. */
export const commands: { readonly [K in Name]: () => Promise<Command> } = {
  preflight: async () => (await import('./preflight.ts')).preflight,
  plan: async () => (await import('./plan.ts')).plan,
  deploy: async () => (await import('./deploy.ts')).deploy,
  verify: async () => (await import('./verify.ts')).verify,
  train: async () => (await import('./train.ts')).train,
  smoke: async () => (await import('./smoke.ts')).smoke,
  drift: async () => (await import('./drift.ts')).drift,
  destroy: async () => (await import('./destroy.ts')).destroy,
};
