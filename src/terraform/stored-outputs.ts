import { Problem } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import { stateOf } from '../state/index.ts';
import type { State } from '../state/index.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Outputs } from './outputs.ts';
import { decodeOutputs } from './outputs.ts';

/**
 * What the last deploy left in the state, read from the state's blob: no Terraform and no provider
 * is needed for it.
 */
export async function storedOutputs(
  session: Session,
  settings: Settings,
  tools: Toolbox,
): Promise<{ readonly outputs: Outputs; readonly state: State }> {
  const state = await stateOf(session, settings, tools);
  const outputs = state && (await outputsInState(state));
  if (state === undefined || outputs === undefined) {
    throw new Problem(
      `The environment "${settings.environment}" is not deployed in subscription ${session.subscriptionId}.`,
      'run deploy first, with the same environment and subscription.',
      { anchor: 'state' },
    );
  }
  return { outputs, state };
}

/** The outputs, or undefined where no deploy ever got as far as to leave them. */
export async function outputsInState(state: State): Promise<Outputs | undefined> {
  const text = await rawOutputs(state);
  return text === undefined || text === '{}' ? undefined : decodeOutputs(text);
}

/** The `outputs` of a state file have the form of `terraform output -json`. */
async function rawOutputs(state: State): Promise<string | undefined> {
  const text = await state.blobs.read(state.backend.key);
  if (text === undefined || text.length === 0) return undefined;
  const { outputs } = JSON.parse(text.toString()) as { readonly outputs?: unknown };
  return JSON.stringify(outputs ?? {});
}
