import { Problem } from '../errors.ts';
import { remedyFor } from './remedies.ts';
import type { Exchange } from './exchange.ts';

/** What Azure said was wrong, as far down as it said it. */
export interface AzureError {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
}

/** A refusal by Azure: its own code and message, with a remedy where we know one. */
export class AzureProblem extends Problem {
  readonly code: string;
  readonly status: number;

  constructor(what: string, error: AzureError, status: number, correlationId?: string) {
    const remedy = remedyFor(error.code, error.message);
    const id = correlationId === undefined ? '' : ` Correlation id: ${correlationId}.`;
    super(
      `${what}: ${error.code}: ${error.message.trim()}${id}`,
      remedy?.next ??
        'the message above is Azure\'s own; its code can be looked up at learn.microsoft.com ("Troubleshoot common Azure deployment errors").',
      { anchor: remedy?.anchor ?? 'azure-errors' },
    );
    this.code = error.code;
    this.status = status;
  }
}

/** Azure's code of an error that was thrown, or undefined where it was none of Azure's. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof AzureProblem ? error.code : undefined;
}

/** The Problem for an answer that is a refusal; `what` says what was tried. */
export function explain(what: string, answer: Exchange): AzureProblem {
  const error = errorIn(answer.text) ?? {
    code: `HTTP ${answer.status}`,
    message: answer.text.slice(0, 500) || 'no body',
  };
  const correlation =
    answer.headers['x-ms-correlation-request-id'] ?? answer.headers['x-ms-request-id'];
  return new AzureProblem(what, error, answer.status, correlation);
}

/** The innermost error that a body (JSON, or the XML of Azure Storage) tells of. */
export function errorIn(text: string): AzureError | undefined {
  const xml = /<Code>([^<]+)<\/Code>\s*(?:<Message>([^<]*)<\/Message>)?/.exec(text);
  if (xml) return { code: xml[1] ?? '', message: (xml[2] ?? '').split('\n')[0] ?? '' };
  try {
    return innermost(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Codes that only say that something inside went wrong. */
const wrappers =
  /^(Deployment(Failed|Canceled)|ResourceDeploymentFailure|InvalidTemplateDeployment|ResourceOperationFailure|MultipleErrorsOccurred|Conflict|BadRequest|UserError|ValidationError|PreflightValidationCheckFailed)$/i;

/** Whether a code says nothing but that something inside went wrong. */
export function isWrapper(code: string): boolean {
  return wrappers.test(code);
}

/** Follows `error`, `details`, `innererror` and JSON inside messages down to the first cause. */
export function innermost(body: unknown, depth = 0): AzureError | undefined {
  if (depth > 12 || typeof body !== 'object' || body === null) return undefined;
  const node = body as Record<string, unknown>;
  if (typeof node['error'] === 'object') return innermost(node['error'], depth + 1);
  const own = ownError(node);
  const deeper = [...childrenOf(node), ...jsonIn(node['message'])]
    .map((child) => innermost(child, depth + 1))
    .filter((child) => child !== undefined);
  if (own === undefined) return deeper[0];
  const cause = deeper.find((child) => child.code !== own.code) ?? deeper[0];
  const wraps =
    cause !== undefined && (wrappers.test(own.code) || jsonIn(node['message']).length > 0);
  return wraps ? cause : own;
}

function ownError(node: Record<string, unknown>): AzureError | undefined {
  const { code, message, target } = node;
  if (typeof code !== 'string' || code === '') return undefined;
  return {
    code,
    message: typeof message === 'string' ? message : '',
    ...(typeof target === 'string' && target !== '' ? { target } : {}),
  };
}

function childrenOf(node: Record<string, unknown>): unknown[] {
  const details = Array.isArray(node['details']) ? (node['details'] as unknown[]) : [];
  return [...details, node['innererror'], node['innerError']].filter(
    (child) => child !== undefined && child !== null,
  );
}

function jsonIn(message: unknown): unknown[] {
  if (typeof message !== 'string') return [];
  const start = message.indexOf('{');
  if (start === -1) return [];
  try {
    return [JSON.parse(message.slice(start))];
  } catch {
    return [];
  }
}
