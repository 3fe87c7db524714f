/** An answer of the service. Reason phrases are in capitals, as gunicorn sends them. */
export interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

const html = 'text/html; charset=utf-8';

function json(status: number, reason: string, value: Readonly<Record<string, unknown>>): Reply {
  // Flask writes its keys sorted, on one line, with a line feed at the end.
  const sorted = Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  const body = `${JSON.stringify(sorted)}\n`;
  return { status, reason, headers: { 'content-type': 'application/json' }, body };
}

const authentication =
  'Server failed to authenticate the request. Make sure the value of the API_AUTH_SECRET header is';

/** The app runs. */
export const healthy = json(200, 'OK', { status: 'Healthy' });

/** No pass key was sent. */
export const keyMissing = json(401, 'UNAUTHORIZED', {
  code: 'UNAUTHORIZED',
  detail: `${authentication} populated.`,
  status: 401,
  title: 'NoAuthenticationInformation',
});

/** A pass key was sent that is not the one. */
export const keyWrong = json(403, 'FORBIDDEN', {
  code: 'FORBIDDEN',
  detail: `${authentication} correct.`,
  status: 403,
  title: 'AuthenticationFailed',
});

/** What was named does not exist. */
export function notFound(what: 'InvalidModelId' | 'InvalidRunId'): Reply {
  return json(404, 'NOT FOUND', {
    code: 'NOT_FOUND',
    detail: 'The specified resource does not exist.',
    extra_details: what,
    status: 404,
    title: 'ResourceNotFound',
  });
}

/** The image of a run was no zip. */
export const badZip = json(400, 'BAD REQUEST', {
  code: 'BAD_REQUEST',
  detail: 'Input file is not in correct format.',
  extra_details: 'InvalidZipFile',
  status: 400,
  title: 'InvalidInput',
});

/** Something went wrong; `extra` is what the original forgets to take away again. */
export function internalError(extra: string | undefined): Reply {
  return json(500, 'INTERNAL SERVER ERROR', {
    code: 'INTERNAL_SERVER_ERROR',
    detail: 'The server encountered an internal error. Please retry the request.',
    ...(extra === undefined ? {} : { extra_details: extra }),
    status: 500,
    title: 'InternalError',
  });
}

/** Nothing to say, with the content type that Flask gives an empty answer. */
export function empty(status: 200 | 202): Reply {
  const reason = status === 200 ? 'OK' : 'ACCEPTED';
  return { status, reason, headers: { 'content-type': html }, body: '' };
}

/** A run was started. */
export function started(runId: string): Reply {
  return { status: 201, reason: 'CREATED', headers: { 'content-type': 'text/plain' }, body: runId };
}

/** The result of a run. */
export function result(zip: Uint8Array): Reply {
  return { status: 200, reason: 'OK', headers: { 'content-type': 'application/zip' }, body: zip };
}

function page(status: number, title: string, text: string): string {
  return `<!doctype html>\n<html lang=en>\n<title>${status} ${title}</title>\n<h1>${title}</h1>\n<p>${text}</p>\n`;
}

/** Flask's own page for a path that no route has. */
export const noRoute: Reply = {
  status: 404,
  reason: 'NOT FOUND',
  headers: { 'content-type': html },
  body: page(
    404,
    'Not Found',
    'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  ),
};

/** Flask's own page for a route that does not have the method. */
export function wrongMethod(allow: string): Reply {
  return {
    status: 405,
    reason: 'METHOD NOT ALLOWED',
    headers: { 'content-type': html, allow },
    body: page(405, 'Method Not Allowed', 'The method is not allowed for the requested URL.'),
  };
}

/** Flask's answer to OPTIONS. */
export function options(allow: string): Reply {
  return { status: 200, reason: 'OK', headers: { 'content-type': html, allow }, body: '' };
}
