import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildContractPackage } from '../../../local-azure/contract-app/index.ts';
import { storedZip } from '../../../local-azure/contract-app/zip.ts';
import { app, change, put, workspace } from '../inside/closed-network.ts';
import { passKey, setStage, type Stage } from './deployed-app.ts';

// Bodies as the running InnerEye-Inference at f4a842c gives them.
const bodies = {
  health: '{"status":"Healthy"}\n',
  noKey:
    '{"code":"UNAUTHORIZED","detail":"Server failed to authenticate the request. Make sure the value of the API_AUTH_SECRET header is populated.","status":401,"title":"NoAuthenticationInformation"}\n',
  wrongKey:
    '{"code":"FORBIDDEN","detail":"Server failed to authenticate the request. Make sure the value of the API_AUTH_SECRET header is correct.","status":403,"title":"AuthenticationFailed"}\n',
  noModel:
    '{"code":"NOT_FOUND","detail":"The specified resource does not exist.","extra_details":"InvalidModelId","status":404,"title":"ResourceNotFound"}\n',
  noRun:
    '{"code":"NOT_FOUND","detail":"The specified resource does not exist.","extra_details":"InvalidRunId","status":404,"title":"ResourceNotFound"}\n',
  badZip:
    '{"code":"BAD_REQUEST","detail":"Input file is not in correct format.","extra_details":"InvalidZipFile","status":400,"title":"InvalidInput"}\n',
  noRoute:
    '<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>\n',
  noMethod:
    '<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n<h1>Method Not Allowed</h1>\n<p>The method is not allowed for the requested URL.</p>\n',
  error:
    '{"code":"INTERNAL_SERVER_ERROR","detail":"The server encountered an internal error. Please retry the request.","status":500,"title":"InternalError"}\n',
};

/** One element in Explicit VR Little Endian, and a file of such elements. */
function element(group: number, number: number, kind: string, value: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16LE(group, 0);
  header.writeUInt16LE(number, 2);
  header.write(kind, 4, 'latin1');
  header.writeUInt16LE(value.length, 6);
  return Buffer.concat([header, Buffer.from(value, 'latin1')]);
}
const dicom = Buffer.concat([
  Buffer.alloc(128),
  Buffer.from('DICM'),
  element(0x0002, 0x0010, 'UI', '1.2.840.10008.1.2.1\0'),
  element(0x0020, 0x000d, 'UI', '2.25.11\0'),
  element(0x0020, 0x000e, 'UI', '2.25.22\0'),
  element(0x0020, 0x0052, 'UI', '2.25.33\0'),
]);
const image = storedZip([
  { name: 'readme', content: Buffer.from('no image') },
  { name: '1.dcm', content: dicom },
]);
const key = { api_auth_secret: passKey };

let stage: Stage;
beforeAll(async () => {
  stage = await setStage((world) => {
    put(world, `${workspace}/computes/cluster`, {
      computeType: 'AmlCompute',
      properties: {
        subnet: {
          id: `${workspace.split('/providers/')[0] ?? ''}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/default`,
        },
      },
    });
    put(world, `${workspace}/environments/innereye-abc/versions/1`, { image: 'mcr.example/x:1' });
    put(world, `${workspace}/models/HelloWorld/versions/1`, {
      modelUri: 'aml://asset/1',
      tags: { python_environment_name: 'innereye-abc', python_environment_version: '1' },
    });
    put(world, `${workspace}/models/Untagged/versions/1`, { modelUri: 'aml://asset/2', tags: {} });
  });
  await stage.deploy();
}, 30_000);
afterAll(() => stage.close());

async function answer(line: string, headers: Record<string, string> = {}, rawBody?: Buffer) {
  const got = await stage.app(line, { headers, ...(rawBody ? { rawBody } : {}) });
  return { status: got.status, type: got.headers?.['content-type'], body: String(got.body), got };
}

describe('the contract app', () => {
  it('answers health without a key', async () => {
    expect(await answer('GET /')).toMatchObject({
      status: 200,
      type: 'application/json',
      body: bodies.health,
    });
  });

  it.each([
    ['no key', {}, 401, 'application/json', bodies.noKey],
    ['an empty key', { api_auth_secret: '' }, 403, 'application/json', bodies.wrongKey],
    ['a wrong key', { api_auth_secret: 'x' }, 403, 'application/json', bodies.wrongKey],
    ['the right key', key, 200, 'text/html; charset=utf-8', ''],
    [
      'the right key with hyphens',
      { 'api-auth-secret': passKey },
      200,
      'text/html; charset=utf-8',
      '',
    ],
  ])(
    'answers a ping with %s',
    async (_what, headers: Record<string, string>, status, type, body) => {
      expect(await answer('GET /v1/ping', headers)).toMatchObject({ status, type, body });
    },
  );

  it('looks a model up in the workspace before it starts anything', async () => {
    expect(await answer('POST /v1/model/start/NoSuchModel:1', key, image)).toMatchObject({
      status: 404,
      type: 'application/json',
      body: bodies.noModel,
    });
  });

  it('knows no run that the workspace does not know', async () => {
    expect(await answer('GET /v1/model/results/no_such_run', key)).toMatchObject({
      status: 404,
      body: bodies.noRun,
    });
  });

  it.each([
    ['POST /v1/ping', 'GET, HEAD, OPTIONS'],
    ['GET /v1/model/start/HelloWorld:1', 'POST, OPTIONS'],
  ])('answers %s with 405 and what is allowed', async (line, allow) => {
    const { got, ...rest } = await answer(line, key);
    expect(rest).toEqual({ status: 405, type: 'text/html; charset=utf-8', body: bodies.noMethod });
    expect(got.headers?.['allow']).toBe(allow);
  });

  it.each([
    ['GET /v1/ping', 401, bodies.noKey],
    ['POST /v1/model/start/HelloWorld:1', 401, bodies.noKey],
    ['POST /v1/model/start/NoSuchModel:1', 401, bodies.noKey],
    ['GET /v1/model/results/main_1_00000000', 401, bodies.noKey],
  ])('answers %s without a key with %s, whatever it names', async (line, status, body) => {
    expect(await answer(line)).toMatchObject({ status, type: 'application/json', body });
    const wrong = { status: 403, type: 'application/json', body: bodies.wrongKey };
    expect(await answer(line, { api_auth_secret: 'x' })).toMatchObject(wrong);
  });

  it('looks at the method before it looks at the key', async () => {
    expect((await answer('GET /v1/model/start/HelloWorld:1')).status).toBe(405);
    expect((await answer('POST /v1/ping')).status).toBe(405);
  });

  it('tells who serves it', async () => {
    const { got } = await answer('GET /');
    expect(got.headers?.['server']).toBe('gunicorn');
  });

  it('answers anything else with a page, not JSON', async () => {
    expect(await answer('GET /v1/models', key)).toMatchObject({
      status: 404,
      type: 'text/html; charset=utf-8',
      body: bodies.noRoute,
    });
  });

  it('answers 500 for a model without the tag, and where the datastore is missing', async () => {
    const error = { status: 500, body: bodies.error };
    expect(await answer('POST /v1/model/start/Untagged:1', key, image)).toMatchObject(error);
    expect(await answer('POST /v1/model/start/HelloWorld:1', key, image)).toMatchObject(error);
  });

  it('starts a run, says 202 or its result, and 400 for what was no zip', async () => {
    put(
      stage.world,
      `${workspace}/datastores/inferencetestimagestore`,
      { accountName: 'store1', credentials: { credentialsType: 'AccountKey' } },
      { hidden: { 'credentials.secrets': { secretsType: 'AccountKey', key: 'a2V5' } } },
    );
    const run = async (bytes: Buffer): Promise<Awaited<ReturnType<typeof answer>>> => {
      const started = await answer('POST /v1/model/start/HelloWorld:1', key, bytes);
      expect(started).toMatchObject({ status: 201, type: 'text/plain' });
      expect(started.body).toMatch(/^main_\d+_[0-9a-f]{8}$/);
      return answer(`GET /v1/model/results/${started.body}`, key);
    };
    // The image lies outside Azure here, so the node cannot fetch it: the run fails.
    expect(await run(image)).toMatchObject({ status: 500 });
    change(stage.world, `${workspace}/environments/innereye-abc/versions/1`, { image: 'local' });
    const good = await run(image);
    expect(good).toMatchObject({ status: 200, type: 'application/zip' });
    // One stored file behind a header of 30 bytes and its name, and nothing else: sizes and count are right.
    const zip = good.got.body as Buffer;
    expect(zip.toString('latin1', 30, 46)).toBe('segmentation.dcm');
    expect(zip.readUInt16LE(zip.length - 22 + 10)).toBe(1);
    const file = zip.subarray(46, 46 + zip.readUInt32LE(18));
    expect(file.toString('latin1', 128, 132)).toBe('DICM');
    for (const part of [
      ...['RTSTRUCT', 'HelloWorld:1', '2.25.11', '2.25.33'],
      ...['&\0\u0006\0\0\0region', '&\0\b\0\0\0region_1'],
    ]) {
      expect(file.toString('latin1')).toContain(part);
    }
    expect(file.toString('latin1').split('region').length - 1).toBe(2);
    expect(await run(Buffer.from('no zip'))).toMatchObject({
      status: 400,
      type: 'application/json',
      body: bodies.badZip,
    });
    // A zip in which there is no image is what the converter fails over.
    expect(await run(storedZip([{ name: 'a', content: Buffer.from('x') }]))).toMatchObject({
      status: 500,
      body: bodies.error,
    });
  });

  it('answers 500 where its way to the workspace is closed', async () => {
    const record = stage.world.resources
      .ofType('Microsoft.Network/privateDnsZones/A')
      .find((one) => one.name.includes('workspace'));
    if (record !== undefined) stage.world.resources.delete(record.id);
    // A connection that is open already would outlive its name.
    await stage.ask(`POST ${app}/restart`);
    expect(await answer('GET /v1/model/results/no_such_run', key)).toMatchObject({
      status: 500,
      body: bodies.error,
    });
    if (record !== undefined) stage.world.resources.put(record);
  });
});

describe('the package of the contract app', () => {
  it('has the same bytes every time', async () => {
    const digest = async (folder: string): Promise<string> =>
      createHash('sha256')
        .update(await readFile(await buildContractPackage(folder)))
        .digest('hex');
    const folder = stage.world.folder;
    expect(await digest(`${folder}/one`)).toBe(await digest(`${folder}/two`));
  });
});
