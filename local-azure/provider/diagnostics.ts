import { Failure } from './azure/failure.ts';
import type { Message } from './plugin/protobuf.ts';
import type { Step } from './terraform/plan.ts';

/** A path into a resource, as the plugin protocol spells it. */
export function pathMessage(path: readonly Step[]): Message {
  return {
    steps: path.map((step) => (typeof step === 'number' ? { index: step } : { attribute: step })),
  };
}

/** One error that Terraform shows beside the block it concerns. */
export function errorMessage(error: unknown): Message {
  const summary = error instanceof Error ? error.message : String(error);
  const failure = error instanceof Failure ? error : undefined;
  const own =
    failure !== undefined && failure.path.length > 0
      ? { attribute: pathMessage(failure.path) }
      : {};
  const detail = failure?.detail ?? (error instanceof Error ? (error.stack ?? '') : '');
  return { severity: 1, summary, detail, ...own };
}
