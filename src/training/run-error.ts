import type { Vantage } from '../network/vantage.ts';
import { Cancelled } from '../errors.ts';
import { visible } from '../report/markdown.ts';
import { wholeBody } from './run-history.ts';

/** Why a run ended badly, as run history tells it. */
export interface RunError {
  readonly code: string;
  readonly message: string;
}

/** Longest message that is shown; some hold a whole stack. */
const LONGEST = 700;

/** The error of a run from run history; undefined where it tells none or cannot be read. */
export async function readRunError(url: string, vantage: Vantage): Promise<RunError | undefined> {
  try {
    return runErrorIn(await wholeBody({ name: 'run', url }, vantage));
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    return undefined;
  }
}

/**
 * The error in a run's body: `{"error": {"error": {"code": "UserError", "message": "…"}}}` (azureml's
 * RunDto and ErrorResponse; some of its services write the names with capitals).
 */
export function runErrorIn(body: string): RunError | undefined {
  const root = partOf(partOf(lowered(JSON.parse(body)), 'error'), 'error');
  const [code, message] = [partOf(root, 'code'), partOf(root, 'message')];
  if (typeof message !== 'string' || message.trim() === '') return undefined;
  const flat = message.replace(/\s+/g, ' ').trim();
  return {
    code: typeof code === 'string' ? visible(code, 80) : 'Error',
    message: visible(flat, LONGEST),
  };
}

function partOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** The same with names in lower case, three levels deep. */
function lowered(value: unknown, depth = 3): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth === 0) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name.toLowerCase(), lowered(part, depth - 1)]),
  );
}
