import { passKey } from './site.ts';
import type { Reply } from './site.ts';

/** One request and the answer that InnerEye-Inference gives at the pinned commit. */
export interface Rung {
  readonly line: string;
  readonly key?: { readonly header: string; readonly value: string };
  readonly wanted: Partial<Reply>;
  /** Whether the stand-in app answers it too. */
  readonly always?: true;
}

const json = (fields: Readonly<Record<string, string | number>>): Partial<Reply> => ({
  type: 'application/json',
  body: `${JSON.stringify(fields)}\n`,
});
const failed =
  'Server failed to authenticate the request. Make sure the value of the API_AUTH_SECRET header is';
const right = { header: 'api_auth_secret', value: passKey };
const page = 'text/html; charset=utf-8';
const missing = (what: string): Partial<Reply> => ({
  status: 404,
  ...json({
    ...{ code: 'NOT_FOUND', detail: 'The specified resource does not exist.' },
    ...{ extra_details: what, status: 404, title: 'ResourceNotFound' },
  }),
});

export const ladder: readonly Rung[] = [
  { line: 'GET /', wanted: { status: 200, ...json({ status: 'Healthy' }) }, always: true },
  { line: 'GET /v1/ping', wanted: { status: 401 }, always: true },
  {
    line: 'GET /v1/ping',
    wanted: json({
      ...{ code: 'UNAUTHORIZED', detail: `${failed} populated.` },
      ...{ status: 401, title: 'NoAuthenticationInformation' },
    }),
  },
  {
    line: 'GET /v1/ping',
    key: { ...right, value: 'wrong' },
    wanted: { status: 403 },
    always: true,
  },
  {
    line: 'GET /v1/ping',
    key: { ...right, value: 'wrong' },
    wanted: json({
      ...{ code: 'FORBIDDEN', detail: `${failed} correct.` },
      ...{ status: 403, title: 'AuthenticationFailed' },
    }),
  },
  { line: 'GET /v1/ping', key: right, wanted: { status: 200, type: page, body: '' }, always: true },
  {
    line: 'GET /v1/ping',
    key: { ...right, header: 'api-auth-secret' },
    wanted: { status: 200, body: '' },
    always: true,
  },
  { line: 'POST /v1/ping', key: right, wanted: { status: 405, type: page } },
  { line: 'POST /v1/model/start/NoSuchModel:1', wanted: { status: 401 } },
  { line: 'POST /v1/model/start/NoSuchModel:1', key: right, wanted: missing('InvalidModelId') },
  {
    line: 'GET /v1/model/start/NoSuchModel:1',
    key: right,
    wanted: { status: 405, type: page, allow: 'OPTIONS, POST' },
  },
  { line: 'GET /v1/model/results/no_such_run', key: right, wanted: missing('InvalidRunId') },
  { line: 'GET /v1/models', key: right, wanted: { status: 404, type: page } },
];
