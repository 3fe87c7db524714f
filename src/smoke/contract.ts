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
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Header of the pass key, as InnerEye-Inference spells it. */
export const keyHeader = 'API_AUTH_SECRET';
/** The same header for whatever drops names with underscores: WSGI folds the two into one. */
export const hyphenHeader = 'API-AUTH-SECRET';
/** Sent where a wrong key is wanted; nobody's key. */
export const wrongKey = 'not-the-pass-key';

const json = 'application/json';
const html = 'text/html; charset=utf-8';

const notFound = (what: string): string =>
  `{"code":"NOT_FOUND","detail":"The specified resource does not exist.","extra_details":"${what}","status":404,"title":"ResourceNotFound"}\n`;

/**
 * The answers that cost nothing, in the order of what they rest on. Texts: InnerEye-Inference at
 * f4a842c, answers as the running app gives them.
 */
export const contract: readonly Rung[] = [
  {
    ...{ name: 'health', proves: 'the app runs, signs in and sees its workspace' },
    ...{ method: 'GET', path: '/', key: 'none' },
    ...{ status: 200, contentType: json, body: '{"status":"Healthy"}\n' },
  },
  {
    ...{ name: 'ping-without-key', proves: 'nobody gets in without a key' },
    ...{ method: 'GET', path: '/v1/ping', key: 'none' },
    ...{ status: 401, contentType: json },
    body: '{"code":"UNAUTHORIZED","detail":"Server failed to authenticate the request. Make sure the value of the API_AUTH_SECRET header is populated.","status":401,"title":"NoAuthenticationInformation"}\n',
  },
  {
    ...{ name: 'ping-wrong-key', proves: 'nobody gets in with another key' },
    ...{ method: 'GET', path: '/v1/ping', key: 'wrong' },
    ...{ status: 403, contentType: json },
    body: '{"code":"FORBIDDEN","detail":"Server failed to authenticate the request. Make sure the value of the API_AUTH_SECRET header is correct.","status":403,"title":"AuthenticationFailed"}\n',
  },
  {
    ...{ name: 'ping', proves: 'the key arrives and is the one in Key Vault' },
    ...{ method: 'GET', path: '/v1/ping', key: 'right' },
    ...{ status: 200, contentType: html, body: '' },
  },
  {
    ...{ name: 'unknown-model', proves: 'the registry of models answers over the private link' },
    ...{ method: 'POST', path: '/v1/model/start/NoSuchModel:1', key: 'right' },
    ...{ status: 404, contentType: json, body: notFound('InvalidModelId') },
  },
  {
    ...{ name: 'unknown-run', proves: 'run history answers over the private link' },
    ...{ method: 'GET', path: '/v1/model/results/no_such_run', key: 'right' },
    ...{ status: 404, contentType: json, body: notFound('InvalidRunId') },
  },
];
