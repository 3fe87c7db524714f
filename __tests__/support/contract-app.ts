import type { Sight } from '../../src/network/vantage.ts';

const texts = {
  unauthorised:
    '{"code":"UNAUTHORIZED","detail":"Server failed to authenticate the request. Make sure the value of the API_AUTH_SECRET header is populated.","status":401,"title":"NoAuthenticationInformation"}\n',
  forbidden:
    '{"code":"FORBIDDEN","detail":"Server failed to authenticate the request. Make sure the value of the API_AUTH_SECRET header is correct.","status":403,"title":"AuthenticationFailed"}\n',
  missing: (what: string) =>
    `{"code":"NOT_FOUND","detail":"The specified resource does not exist.","extra_details":"${what}","status":404,"title":"ResourceNotFound"}\n`,
};

/** A sight of an answer. */
export function sight(name: string, status: number, type: string, body: string): Sight {
  const headers = { 'content-type': type };
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

/** What a sound inference service answers, by the name of the rung. */
export const sound: Readonly<Record<string, Sight>> = {
  health: sight('health', 200, 'application/json', '{"status":"Healthy"}\n'),
  'ping-without-key': sight('ping-without-key', 401, 'application/json', texts.unauthorised),
  'ping-wrong-key': sight('ping-wrong-key', 403, 'application/json', texts.forbidden),
  ping: sight('ping', 200, 'text/html; charset=utf-8', ''),
  'unknown-model': sight('unknown-model', 404, 'application/json', texts.missing('InvalidModelId')),
  'unknown-run': sight('unknown-run', 404, 'application/json', texts.missing('InvalidRunId')),
};

/** The answers to a request without a key and with a wrong one, as bodies. */
export const refusals = { unauthorised: texts.unauthorised, forbidden: texts.forbidden };
