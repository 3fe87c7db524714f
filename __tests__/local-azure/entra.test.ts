import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { sendThrough, type ProxiedAnswer } from '../../local-azure/entrance/client.ts';
import { start, type LocalAzure } from '../../local-azure/index.ts';
import { issueIdToken, type IdTokenRequest } from '../../local-azure/operations/github/id-token.ts';
import { exchange, idToken, run, variable } from '../support/clients.ts';

const AUDIENCE = 'api://AzureADTokenExchange';
const SUBJECT = 'repo:octo-org/innereye:environment:demo';

let azure: LocalAzure;

beforeAll(async () => {
  azure = await start({ provider: 'none', subject: SUBJECT, tokenLifetimeSeconds: 600 });
});

afterAll(() => azure.stop());

/** An assertion that is right but for what is given. */
function assertion(wrong: Partial<IdTokenRequest> = {}): Promise<string> {
  return issueIdToken(azure.world, { audience: AUDIENCE, ...wrong });
}

interface Refusal {
  readonly error: string;
  readonly error_description: string;
  readonly error_codes: readonly number[];
}

async function refused(answer: Promise<ProxiedAnswer>): Promise<Refusal & { status: number }> {
  const { status, json } = await answer;
  return { status, ...json<Refusal>() };
}

describe('token endpoint', () => {
  it('gives an access token for the job’s own assertion', async () => {
    const value = (await idToken(azure, AUDIENCE)).json<{ value: string }>().value;
    const answer = (await exchange(azure, value)).json();
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 599, ext_expires_in: 599 });
    const claims = decodeJwt(String(answer['access_token']));
    const tenant = variable(azure, 'ARM_TENANT_ID');
    expect(claims).toMatchObject({
      aud: 'https://management.azure.com',
      iss: `https://sts.windows.net/${tenant}/`,
      tid: tenant,
      appid: variable(azure, 'ARM_CLIENT_ID'),
      oid: azure.world.data.get('deployerObjectId'),
    });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(600);
  });

  it('signs with a key that its own discovery leads to', async () => {
    const answer = await exchange(azure, await assertion());
    const token = answer.json<{ access_token: string }>().access_token;
    const tenant = variable(azure, 'ARM_TENANT_ID');
    const found = await sendThrough(azure, {
      url: `https://login.microsoftonline.com/${tenant}/v2.0/.well-known/openid-configuration`,
    });
    const keys = await sendThrough(azure, { url: String(found.json()['jwks_uri']) });
    const key = keys.json<{ keys: [{ kid: string }] }>().keys[0];
    expect(key.kid).toBe(decodeProtectedHeader(token).kid);
    await expect(jwtVerify(token, await importJWK(key, 'RS256'))).resolves.toBeDefined();
  });

  it('serves @azure/identity, which knows nothing but the variables', async () => {
    const script = `
      const { ClientAssertionCredential } = await import('@azure/identity');
      const env = process.env;
      const assertion = async () => {
        const url = env.ACTIONS_ID_TOKEN_REQUEST_URL + '&audience=${AUDIENCE}';
        const authorization = 'Bearer ' + env.ACTIONS_ID_TOKEN_REQUEST_TOKEN;
        return (await (await fetch(url, { headers: { authorization } })).json()).value;
      };
      const credential = new ClientAssertionCredential(env.ARM_TENANT_ID, env.ARM_CLIENT_ID, assertion);
      const { token } = await credential.getToken('https://management.azure.com/.default');
      console.log(token);`;
    const { code, output } = await run(azure, process.execPath, [
      '--use-env-proxy',
      '--input-type=module',
      '--eval',
      script,
    ]);
    expect([code, output]).toEqual([0, expect.stringMatching(/^eyJ/)]);
    expect(decodeJwt(output.trim()).aud).toBe('https://management.azure.com');
    expect(azure.journal.unknown).toEqual([]);
  });

  it.each<[string, Partial<IdTokenRequest>, number, string, number]>([
    [
      'the subject of another branch',
      { subject: 'repo:octo-org/innereye:ref:refs/heads/other' },
      700213,
      "presented assertion subject 'repo:octo-org/innereye:ref:refs/heads/other'",
      401,
    ],
    [
      'a subject that only differs in case',
      { subject: 'repo:Octo-Org/innereye:environment:demo' },
      7002138,
      'matches with case-insensitive comparison, but not with case-sensitive comparison',
      401,
    ],
    ['another audience', { audience: 'https://github.com/octo-org' }, 700212, 'audience', 401],
    ['another issuer', { issuer: 'https://example.com' }, 700211, 'issuer', 401],
    [
      'an assertion that has expired',
      { lifetimeSeconds: -1 },
      700024,
      'Client assertion is not within its valid time range. Current time: ',
      401,
    ],
  ])('refuses %s with its true code', async (_what, wrong, number, text, status) => {
    const refusal = await refused(exchange(azure, await assertion(wrong)));
    expect(refusal.status).toBe(status);
    expect(refusal.error).toBe('invalid_client');
    expect(refusal.error_codes).toEqual([number]);
    expect(refusal.error_description).toContain(`AADSTS${number}: `);
    expect(refusal.error_description).toContain(text);
    expect(refusal.error_description).toMatch(
      /Trace ID: \S{36} Correlation ID: \S{36} Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/,
    );
  });

  it('refuses an assertion that GitHub did not sign', async () => {
    const [head, , signature] = (await assertion()).split('.');
    const claims = { ...decodeJwt(await assertion()), sub: SUBJECT, exp: 4_000_000_000 };
    const forged = Buffer.from(JSON.stringify(claims)).toString('base64url');
    const answer = exchange(azure, [head, forged, signature].join('.'));
    expect((await refused(answer)).error_codes).toEqual([50013]);
  });

  it('refuses another tenant, an unknown application and an unknown resource', async () => {
    const right = await assertion();
    const tenant = '11111111-2222-3333-4444-555555555555';
    const [elsewhere, nobody, nothing] = [
      await refused(exchange(azure, right, {}, tenant)),
      await refused(exchange(azure, right, { client_id: tenant })),
      await refused(exchange(azure, right, { scope: 'https://nothing.example/.default' })),
    ];
    expect(elsewhere).toMatchObject({
      status: 400,
      error: 'invalid_request',
      error_codes: [90002],
    });
    expect(nobody).toMatchObject({ error: 'unauthorized_client', error_codes: [700016] });
    expect(nothing).toMatchObject({ error: 'invalid_resource', error_codes: [500011] });
  });

  it.each(['grant_type', 'client_id', 'scope', 'client_assertion'])(
    'names the parameter %s where it is missing',
    async (name) => {
      const refusal = await refused(exchange(azure, await assertion(), { [name]: undefined }));
      expect(refusal.error_codes).toEqual([900144]);
      expect(refusal.error_description).toContain(`'${name}'`);
    },
  );
});

describe('user-assigned identity', () => {
  it('logs in with a federated credential of its own', async () => {
    const clientId = 'aaaaaaaa-0000-4000-8000-000000000001';
    const id = `/subscriptions/${variable(azure, 'ARM_SUBSCRIPTION_ID')}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/plan`;
    const type = 'Microsoft.ManagedIdentity/userAssignedIdentities';
    const principalId = 'aaaaaaaa-0000-4000-8000-000000000002';
    const properties = { clientId, principalId };
    azure.world.resources.put({ id, name: 'plan', type, properties });
    const before = await refused(exchange(azure, await assertion(), { client_id: clientId }));
    azure.world.resources.put({
      id: `${id}/federatedIdentityCredentials/github`,
      name: 'github',
      type: `${type}/federatedIdentityCredentials`,
      properties: {
        issuer: 'https://token.actions.githubusercontent.com',
        subject: SUBJECT,
        audiences: [AUDIENCE],
      },
    });
    const after = await exchange(azure, await assertion(), { client_id: clientId });
    expect(before.error_codes).toEqual([700211]);
    const token = after.json<{ access_token: string }>().access_token;
    expect(decodeJwt(token)['oid']).toBe(principalId);
  });
});
