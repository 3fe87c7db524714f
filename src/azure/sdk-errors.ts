import type { PipelinePolicy, PipelineRequest } from '@azure/core-rest-pipeline';
import { Cancelled } from '../errors.ts';
import { AzureProblem, errorIn } from './explain.ts';

/** The parts of the SDK's RestError that lead to what Azure said. */
interface RestErrorLike extends Error {
  readonly statusCode?: number;
  readonly code?: string;
  readonly request?: PipelineRequest;
  readonly response?: { readonly headers: { get(name: string): string | undefined } };
}

/** Bodies of refusals: the SDK's clients throw them away, details and all. */
const refusals = new WeakMap<PipelineRequest, string>();

/** Keeps what Azure said when it refused, for `explained`. */
export const refusalPolicy: PipelinePolicy = {
  name: 'refusalPolicy',
  async sendRequest(request, next) {
    const response = await next(request);
    if (response.status >= 400) refusals.set(request, response.bodyAsText ?? '');
    return response;
  },
};

/** Runs a call of an SDK client; its refusals come out as Problems, like those of Arm. */
export async function explained<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fromSdk(what, error);
  }
}

function fromSdk(what: string, error: unknown): unknown {
  if (error instanceof Cancelled || !isRestError(error) || error.statusCode === undefined) {
    return error;
  }
  const cause = errorIn((error.request && refusals.get(error.request)) ?? '') ?? {
    code: error.code ?? `HTTP ${error.statusCode}`,
    message: error.message,
  };
  const correlationId = error.response?.headers.get('x-ms-correlation-request-id');
  return new AzureProblem(what, cause, error.statusCode, correlationId);
}

function isRestError(error: unknown): error is RestErrorLike {
  return error instanceof Error && error.name === 'RestError';
}
