import type { Sight } from '../../src/network/vantage.ts';

const texts = {
  unauthorised:
    '{"code":"UNAUTHORIZED","detail":"Server failed to authenticate the request. Make sure the value of the API_AUTH_SECRET header is populated.","status":401,"title":"NoAuthenticationInformation"}\n',
  forbidden:
    '{"code":"FORBIDDEN","detail":"Server failed to authenticate the request. Make sure the value of the API_AUTH_SECRET header is correct.","status":403,"title":"AuthenticationFailed"}\n',
  missing: (what: string) =>
    `{"code":"NOT_FOUND","detail":"The specified resource does not exist.","extra_details":"${what}","status":404,"title":"ResourceNotFound"}\n`,
  badZip:
    '{"code":"BAD_REQUEST","detail":"Input file is not in correct format.","extra_details":"InvalidZipFile","status":400,"title":"InvalidInput"}\n',
  error:
    '{"code":"INTERNAL_SERVER_ERROR","detail":"The server encountered an internal error. Please retry the request.","status":500,"title":"InternalError"}\n',
  noRoute:
    '<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>\n',
  noMethod:
    '<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n<h1>Method Not Allowed</h1>\n<p>The method is not allowed for the requested URL.</p>\n',
};

/** A sight of an answer. */
export function sight(
  name: string,
  status: number,
  type: string,
  body: string,
  more: Readonly<Record<string, string>> = {},
): Sight {
  const headers = { 'content-type': type, ...more };
  return {
    ...{ name, status, failure: undefined, headers, body, cut: false },
    ...{ remoteAddress: '10.1.0.9', resolved: ['10.1.0.9'], seconds: 0.05 },
  };
}

/** A sight of no answer. */
export function unreached(name: string, text = 'the name does not resolve (curl 6)'): Sight {
  return {
    ...sight(name, 0, '', ''),
    ...{ status: undefined, failure: { kind: 'unreached', text }, headers: {} },
  };
}

const json = 'application/json';
const html = 'text/html; charset=utf-8';

/** What a sound inference service answers, by the name of the rung. */
export const sound: Readonly<Record<string, Sight>> = {
  health: sight('health', 200, json, '{"status":"Healthy"}\n'),
  'unknown-path': sight('unknown-path', 404, html, texts.noRoute),
  'wrong-method': sight('wrong-method', 405, html, texts.noMethod, { allow: 'POST, OPTIONS' }),
  'ping-without-key': sight('ping-without-key', 401, json, texts.unauthorised),
  'start-without-key': sight('start-without-key', 401, json, texts.unauthorised),
  'results-without-key': sight('results-without-key', 401, json, texts.unauthorised),
  'ping-wrong-key': sight('ping-wrong-key', 403, json, texts.forbidden),
  ping: sight('ping', 200, html, ''),
  'unknown-model': sight('unknown-model', 404, json, texts.missing('InvalidModelId')),
  'unknown-run': sight('unknown-run', 404, json, texts.missing('InvalidRunId')),
};

/** The answers to a request without a key and with a wrong one, as bodies. */
export const refusals = { unauthorised: texts.unauthorised, forbidden: texts.forbidden };

/** Answers around a run. */
export const running = {
  started: (name: string, run: string) => sight(name, 201, 'text/plain', run),
  pending: sight('', 202, html, ''),
  badZip: sight('', 400, json, texts.badZip),
  zip: sight('', 200, 'application/zip', 'PK'),
  error: sight('', 500, json, texts.error),
};
