import type { Settings } from '../inputs/schema.ts';
import type { Command } from './command.ts';

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
