import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { limitRefusal } from './limits.ts';
import { workflowRunOf, type WorkflowRun } from './workflow-run.ts';

/** The host of GitHub's REST API. */
export const API_HOST = 'api.github.com';

/** GitHub refuses longer bodies of issues and comments (characters). */
export const LONGEST_BODY = 65_536;

const DOCS = 'https://docs.github.com/rest';

/** What one REST operation on the run's repository is made of. */
export interface RestOperation {
  /** Method and path below /repos/{owner}/{repository}. */
  readonly route: string;
  readonly simplified?: string;
  answer(call: Call, world: World, run: WorkflowRun): Answer;
}

/** Makes an operation that wants the job's token and the run's own repository. */
export function rest(definition: RestOperation): Operation {
  const [method, path] = definition.route.split(' ');
  return {
    host: API_HOST,
    route: `${method} /repos/{owner}/{repository}${path}`,
    ...(definition.simplified === undefined ? {} : { simplified: definition.simplified }),
    answer: (call, world) => {
      const run = workflowRunOf(world);
      const refusal = credentialsRefusal(call, run);
      if (refusal) return refusal;
      const limited = limitRefusal(call, world);
      if (limited) return limited;
      const repository = `${call.params['owner']}/${call.params['repository']}`;
      if (repository.toLowerCase() !== run.repository.toLowerCase()) return notFound();
      return definition.answer(call, world, run);
    },
  };
}

/** 401 where the job's token is missing or wrong. */
export function credentialsRefusal(call: Call, run: WorkflowRun): Answer | undefined {
  const sent = /^(?:token|bearer)\s+(\S+)$/i.exec(call.headers['authorization'] ?? '')?.[1];
  if (sent === undefined) return failure(401, 'Requires authentication');
  return sent === run.token ? undefined : failure(401, 'Bad credentials');
}

export const notFound = (): Answer => failure(404, 'Not Found');

/** 410 for what there was once. */
export const gone = (message: string): Answer => failure(410, message);

/** 403 for what the token of a job may never do. */
export const notForJobs = (): Answer => failure(403, 'Resource not accessible by integration');

/** One thing that is wrong with a field. */
export interface FieldError {
  readonly resource: string;
  readonly field: string;
  readonly code: string;
  readonly message?: string;
}

export function unprocessable(error: FieldError): Answer {
  return failure(422, 'Validation Failed', { errors: [error] });
}

export function bodyTooLong(resource: string): Answer {
  const message = `body is too long (maximum is ${LONGEST_BODY} characters)`;
  return unprocessable({ resource, code: 'custom', field: 'body', message });
}

function failure(status: number, message: string, more: Record<string, unknown> = {}): Answer {
  const body = { message, ...more, documentation_url: DOCS, status: String(status) };
  return { status, headers: HEADERS, body };
}

const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'x-github-media-type': 'github.v3; format=json',
} as const;

export function ok(body: unknown, status = 200): Answer {
  return { status, headers: HEADERS, body };
}

/** One page of a list, with the `link` header by which clients find the others. */
export function page(call: Call, items: readonly unknown[]): Answer {
  const size = Math.min(Math.max(positive(call.query.get('per_page'), 30), 1), 100);
  const number = positive(call.query.get('page'), 1);
  const last = Math.max(Math.ceil(items.length / size), 1);
  const links: string[] = [];
  const link = (to: number, rel: string): void => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(to));
    links.push(`<https://${API_HOST}${call.path}?${query.toString()}>; rel="${rel}"`);
  };
  if (number > 1) link(number - 1, 'prev');
  if (number < last) {
    link(number + 1, 'next');
    link(last, 'last');
  }
  if (number > 1) link(1, 'first');
  const body = items.slice((number - 1) * size, number * size);
  return {
    status: 200,
    headers: { ...HEADERS, ...(links[0] && { link: links.join(', ') }) },
    body,
  };
}

function positive(text: string | null, otherwise: number): number {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : otherwise;
}
