import type { Look } from '../network/vantage.ts';

/** One request of the inference contract, and exactly what must come back. */
export interface Rung {
  readonly name: string;
  /** What a pass proves. */
  readonly proves: string;
  readonly method: Look['method'];
  readonly path: string;
  /** Which key is sent; `right` is fetched at the vantage point. */
  readonly key: 'none' | 'wrong' | 'right';
  /** What a POST sends; nothing unless told. */
  readonly sent?: Buffer;
  readonly status: number;
  readonly contentType: string;
  /** The whole body; undefined where it is looked at elsewhere. */
  readonly body: string | RegExp | undefined;
  /** The methods of the header Allow. Flask takes them from a set, so their order differs from process to process. */
  readonly allow?: readonly string[];
}

/** Header of the pass key, as InnerEye-Inference spells it. */
export const keyHeader = 'API_AUTH_SECRET';
/** The same header for whatever drops names with underscores: WSGI folds the two into one. */
export const hyphenHeader = 'API-AUTH-SECRET';
/** Sent where a wrong key is wanted; nobody's key. */
export const wrongKey = 'not-the-pass-key';

const json = { contentType: 'application/json' } as const;
const html = { contentType: 'text/html; charset=utf-8' } as const;

const notFound = (what: string): string =>
  `{"code":"NOT_FOUND","detail":"The specified resource does not exist.","extra_details":"${what}","status":404,"title":"ResourceNotFound"}\n`;

const refused = (code: string, status: number, ending: string, title: string): string =>
  `{"code":"${code}","detail":"Server failed to authenticate the request. Make sure the value of the API_AUTH_SECRET header is ${ending}.","status":${status},"title":"${title}"}\n`;

const withoutKey: Pick<Rung, 'key' | 'status' | 'contentType' | 'body'> = {
  ...{ ...json, key: 'none', status: 401 },
  body: refused('UNAUTHORIZED', 401, 'populated', 'NoAuthenticationInformation'),
} as const;

const flaskPage = (status: string, title: string, text: string): string =>
  `<!doctype html>\n<html lang=en>\n<title>${status} ${title}</title>\n<h1>${title}</h1>\n<p>${text}</p>\n`;

/**
 * The answers that cost nothing, in the order of what they rest on. Texts: InnerEye-Inference at
 * f4a842c, answers as the running app gives them; the two pages are Flask's own (Werkzeug 3.1.9).
 *
 * Of the headers, Content-Type and Allow are the app's and are compared. Left out: `Server` and
 * `Connection`, which belong to the hop (App Service's front end may replace the one and speaks its
 * own other), the reason phrase, which HTTP/2 does not have, and `Date` and `Content-Length`.
 */
export const contract: readonly Rung[] = [
  {
    ...{ name: 'health', proves: 'the app runs, signs in and sees its workspace' },
    ...{ method: 'GET', path: '/', key: 'none', status: 200 },
    ...{ ...json, body: '{"status":"Healthy"}\n' },
  },
  {
    ...{ name: 'unknown-path', proves: 'the app itself answers, and no page of App Service' },
    ...{ method: 'GET', path: '/v1/no-such-path', key: 'none', status: 404, ...html },
    body: flaskPage(
      '404',
      'Not Found',
      'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
    ),
  },
  {
    ...{ name: 'wrong-method', proves: 'a model is only ever started by a POST' },
    ...{ method: 'GET', path: '/v1/model/start/NoSuchModel:1', key: 'none', status: 405, ...html },
    body: flaskPage(
      '405',
      'Method Not Allowed',
      'The method is not allowed for the requested URL.',
    ),
    allow: ['OPTIONS', 'POST'],
  },
  {
    ...{ name: 'ping-without-key', proves: 'nobody gets in without a key' },
    ...{ method: 'GET', path: '/v1/ping', ...withoutKey },
  },
  {
    ...{ name: 'start-without-key', proves: 'nobody starts a model without a key' },
    ...{ method: 'POST', path: '/v1/model/start/NoSuchModel:1', ...withoutKey },
  },
  {
    ...{ name: 'results-without-key', proves: 'nobody gets results without a key' },
    ...{ method: 'GET', path: '/v1/model/results/no_such_run', ...withoutKey },
  },
  {
    ...{ name: 'ping-wrong-key', proves: 'nobody gets in with another key' },
    ...{ method: 'GET', path: '/v1/ping', key: 'wrong', status: 403, ...json },
    body: refused('FORBIDDEN', 403, 'correct', 'AuthenticationFailed'),
  },
  {
    ...{ name: 'ping', proves: 'the key arrives and is the one in Key Vault' },
    ...{ method: 'GET', path: '/v1/ping', key: 'right', status: 200, ...html, body: '' },
  },
  {
    ...{ name: 'unknown-model', proves: 'the registry of models answers over the private link' },
    ...{ method: 'POST', path: '/v1/model/start/NoSuchModel:1', key: 'right', status: 404 },
    ...{ ...json, body: notFound('InvalidModelId') },
  },
  {
    ...{ name: 'unknown-run', proves: 'run history answers over the private link' },
    ...{ method: 'GET', path: '/v1/model/results/no_such_run', key: 'right', status: 404 },
    ...{ ...json, body: notFound('InvalidRunId') },
  },
];

/** A run as the service names it: experiment, seconds, eight hexadecimal digits. */
export const runId = /^[A-Za-z][\w-]{0,60}_\d{6,12}_[0-9a-f]{8}$/;

/** Starting a run with these bytes for an image. */
export function startRung(name: string, model: string, sent: Buffer, proves: string): Rung {
  return {
    ...{ name, proves, method: 'POST', path: `/v1/model/start/${model}`, key: 'right', sent },
    ...{ status: 201, contentType: 'text/plain', body: runId },
  };
}

const resultPath = (run: string): string => `/v1/model/results/${run}`;

/** The answer while a run goes on. */
export function pendingRung(name: string, run: string): Rung {
  return {
    ...{ name, proves: 'the run goes on', method: 'GET', path: resultPath(run), key: 'right' },
    ...{ status: 202, ...html, body: '' },
  };
}

/** The answer once a run has failed over an image that is no zip. */
export function badZipRung(run: string): Rung {
  return {
    ...{ name: 'bad-zip', method: 'GET', path: resultPath(run), key: 'right' },
    proves:
      "the model's tag and environment, the key of the images' datastore, the cluster, the image's pull, and that logs are read back",
    ...{ status: 400, ...json },
    body: '{"code":"BAD_REQUEST","detail":"Input file is not in correct format.","extra_details":"InvalidZipFile","status":400,"title":"InvalidInput"}\n',
  };
}

/** The answer once a run has a result; what is in it is looked at piece by piece. */
export function segmentationRung(run: string): Rung {
  return {
    ...{ name: 'segmentation', method: 'GET', path: resultPath(run), key: 'right' },
    proves: 'the whole way from a CT series to a structure set',
    ...{ status: 200, contentType: 'application/zip', body: undefined },
  };
}
