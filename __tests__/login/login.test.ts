import { afterEach, describe, expect, it } from '@jest/globals';
import { Problem } from '../../src/errors.ts';
import { login } from '../../src/login/index.ts';
import type { Session } from '../../src/login/session.ts';
import { azureTools } from '../support/azure-tools.ts';
import type { TestTools } from '../support/azure-tools.ts';
import { entra, ids } from '../support/fake-entra.ts';
import type { EntraOptions } from '../support/fake-entra.ts';
import { startFakeAzure } from '../support/fake-azure.ts';
import type { FakeAzure, Reaction } from '../support/fake-azure.ts';

let azure: FakeAzure | undefined;
let session: Session | undefined;

const subscription = {
  subscriptionId: ids.subscriptionId,
  tenantId: ids.tenantId,
  displayName: 'Research',
  state: 'Enabled',
};

async function stand(
  options: EntraOptions & { readonly arm?: () => Reaction } = {},
): Promise<FakeAzure> {
  const answerEntra = entra(options);
  const arm = options.arm ?? (() => ({ status: 200, body: subscription }));
  azure = await startFakeAzure((asked) =>
    asked.host === 'login.microsoftonline.com' ? answerEntra(asked) : arm(),
  );
  return azure;
}

async function open(tools: TestTools = azureTools()): Promise<Session> {
  session = await login(ids, tools);
  return session;
}

async function problemOf(tools?: TestTools): Promise<Problem> {
  const error = await open(tools).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Problem);
  return error as Problem;
}

afterEach(async () => {
  await session?.close();
  await azure?.close();
  session = azure = undefined;
});

describe('a login', () => {
  it('exchanges an id-token for Entra and is the identity of the token', async () => {
    await stand();
    const tools = azureTools();
    const { principalId, tenantId, subscriptionId } = await open(tools);
    expect({ principalId, tenantId, subscriptionId }).toEqual({
      principalId: ids.objectId,
      tenantId: ids.tenantId,
      subscriptionId: ids.subscriptionId,
    });
    expect(tools.audiences).toEqual(['api://AzureADTokenExchange']);
  });

  it('looks at the subscription before anything else, and writes nothing', async () => {
    const { asked } = await stand();
    await open();
    const toArm = asked.filter(({ host }) => host === 'management.azure.com');
    expect(toArm.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /subscriptions/${ids.subscriptionId}`,
    ]);
  });

  it('masks the access token', async () => {
    await stand();
    const tools = azureTools();
    const opened = await open(tools);
    const token = await opened.credential.getToken('https://management.azure.com/.default');
    expect(tools.hidden).toContain(token?.token);
  });

  it('gives children the broker, never the endpoint of the runner', async () => {
    await stand();
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner.example/token',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'mighty',
      NO_PROXY: 'intranet.example',
    };
    const { childEnvironment } = await open(azureTools({ env }));
    expect(childEnvironment).toMatchObject({
      ARM_USE_OIDC: 'true',
      ARM_USE_AZUREAD: 'true',
      ARM_CLIENT_ID: ids.clientId,
      ARM_TENANT_ID: ids.tenantId,
      ARM_SUBSCRIPTION_ID: ids.subscriptionId,
      NO_PROXY: 'intranet.example,127.0.0.1,localhost',
    });
    expect(childEnvironment['ARM_OIDC_REQUEST_URL']).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//);
    expect(Object.keys(childEnvironment).filter((name) => name.startsWith('ACTIONS_'))).toEqual([]);
    expect(JSON.stringify(childEnvironment)).not.toContain('mighty');
  });
});

describe('tokens that live for seconds', () => {
  it('are renewed in time under long work, each from a fresh id-token', async () => {
    const dead: number[] = [];
    const entraAnswers = entra({ tokenSeconds: 4 });
    azure = await startFakeAzure((asked) => {
      if (asked.host === 'login.microsoftonline.com') return entraAnswers(asked);
      const token = asked.headers.authorization?.split('.')[1] ?? '';
      const { exp } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { exp: number };
      if (exp * 1000 <= Date.now()) dead.push(exp);
      return { status: 200, body: subscription };
    });
    const tools = azureTools();
    const { arm } = await open(tools);
    const requests = (): number => azure?.asked.length ?? 0;
    // as long as it takes: what counts is that work goes on over several renewals
    while (tools.audiences.length < 4) {
      await Promise.all([1, 2, 3].map(() => arm.get('/subscriptions/x', '2022-12-01')));
      await tools.clock.sleep(0.1);
    }
    expect(dead).toEqual([]);
    expect(requests()).toBeGreaterThan(tools.audiences.length);
  });

  it.each([
    [3600, 300],
    [60, 20],
  ])('of %i s are given out as if they ended %i s earlier', async (tokenSeconds, margin) => {
    await stand({ tokenSeconds });
    const { credential } = await open();
    const token = await credential.getToken('https://management.azure.com/.default');
    const told = ((token?.expiresOnTimestamp ?? 0) - Date.now()) / 1000;
    expect(told).toBeLessThan(tokenSeconds - margin + 1); // a second for rounding
  });

  it('are asked for once where many want one at the same time', async () => {
    await stand();
    const tools = azureTools();
    const { credential } = await open(tools);
    await Promise.all(
      Array.from({ length: 20 }, () => credential.getToken('https://storage.azure.com/.default')),
    );
    expect(tools.audiences).toHaveLength(2); // the management plane's, and one for storage
  });
});

describe('a login that Entra refuses', () => {
  it('shows subject, issuer and audience as this run presented them', async () => {
    const subject = 'repo:octo@12/net@34:ref:refs/heads/trial';
    await stand({ subject: 'repo:octo@12/net@34:ref:refs/heads/main' });
    const problem = await problemOf(azureTools({ idToken: { subject } }));
    expect(problem.message).toContain(`subject:  ${subject}`);
    expect(problem.message).toContain('issuer:   https://token.actions.githubusercontent.com');
    expect(problem.message).toContain('audience: api://AzureADTokenExchange');
    expect(problem.message).toContain('AADSTS700213 (Trace ID: 5a1e0b9c-trace');
    expect(problem.next).toContain(ids.clientId);
  });

  it.each([
    ['AADSTS70021', /no federated credential/, /federated credential/],
    ['AADSTS700211', /trusts the issuer/, /federated credential/],
    ['AADSTS700212', /takes the audience/, /federated credential/],
    ['AADSTS700024', /outside its time.*valid from/s, /run again/],
    ['AADSTS700016', /no application or managed identity/, /client-id/],
    ['AADSTS90002', /no Entra tenant/, /tenant-id/],
    ['AADSTS50020', /does not belong to tenant/, /az login --tenant/],
    ['AADSTS7000112', /is disabled/, /administrator/],
    ['AADSTS7000215', /refused the secret/, /federated credential/],
    ['AADSTS53003', /conditional access/, /sign-in log/],
    ['AADSTS999999', /Entra refused the login.*AADSTS999999/s, /error\?code=999999/],
  ])('explains %s', async (code, what, next) => {
    await stand({ refuse: `${code}: something. Trace ID: t Correlation ID: c` });
    const problem = await problemOf();
    expect(problem.message).toMatch(what);
    expect(problem.next).toMatch(next);
    expect(problem.message).toContain(code);
  });

  it('is tried once only: a wrong credential does not become right', async () => {
    const { asked } = await stand({ refuse: 'AADSTS700016: no such application' });
    await problemOf();
    expect(asked.filter(({ path }) => path.endsWith('/token'))).toHaveLength(1);
  });

  it('is tried again where Entra itself says that it passes', async () => {
    let turn = 0;
    const good = entra();
    const passing = entra({ refuse: 'AADSTS90033: A transient error has occurred.' });
    azure = await startFakeAzure((asked) => {
      if (asked.host !== 'login.microsoftonline.com') return { status: 200, body: subscription };
      return asked.path.endsWith('/token') && turn++ === 0 ? passing(asked) : good(asked);
    });
    expect((await open()).principalId).toBe(ids.objectId);
    expect(turn).toBe(2);
  });

  it('is tried again where no answer came', async () => {
    let turn = 0;
    const good = entra();
    azure = await startFakeAzure((asked) => {
      if (asked.host !== 'login.microsoftonline.com') return { status: 200, body: subscription };
      return asked.path.endsWith('/token') && turn++ === 0 ? 'reset' : good(asked);
    });
    expect((await open()).principalId).toBe(ids.objectId);
  });

  it('names the missing permission where the job may not ask for an id-token', async () => {
    await stand();
    const refuseIdToken = new Problem('This job may not ask.', 'permissions: id-token: write');
    const tools = azureTools({ refuseIdToken });
    expect(await problemOf(tools)).toBe(refuseIdToken);
    expect(tools.audiences).toHaveLength(1);
  });
});

describe('a login to the wrong place', () => {
  it('stops where the token is of another tenant', async () => {
    const { asked } = await stand({ claims: { tid: 'other-tenant' } });
    const problem = await problemOf();
    expect(problem.message).toMatch(/ended in tenant other-tenant.*asks for 22222222/);
    expect(asked.filter(({ host }) => host === 'management.azure.com')).toEqual([]);
  });

  it.each([
    ['404', { status: 404, body: { error: { code: 'SubscriptionNotFound', message: 'no' } } }],
    ['403', { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } }],
  ])('says that a subscription is not there, or not visible (%s)', async (_status, reply) => {
    await stand({ arm: () => reply });
    const problem = await problemOf();
    expect(problem.message).toMatch(/33333333.* does not exist, or 11111111.* has no role in it/);
  });

  it('names the tenant that the subscription belongs to', async () => {
    await stand({ arm: () => ({ status: 200, body: { ...subscription, tenantId: 'elsewhere' } }) });
    expect((await problemOf()).message).toMatch(/belongs to tenant elsewhere/);
  });

  it('understands the refusal of a token of another tenant', async () => {
    const error = {
      code: 'InvalidAuthenticationTokenTenant',
      message: 'wrong issuer https://sts/1',
    };
    await stand({ arm: () => ({ status: 401, body: { error } }) });
    expect((await problemOf()).message).toMatch(/does not belong to tenant.*wrong issuer/s);
  });

  it('stops at a subscription that is not enabled', async () => {
    await stand({ arm: () => ({ status: 200, body: { ...subscription, state: 'Warned' } }) });
    expect((await problemOf()).message).toMatch(/not enabled: its state is Warned/);
  });

  it('stops where the token names no identity', async () => {
    await stand({ claims: { oid: undefined } });
    expect((await problemOf()).message).toMatch(/no oid/);
  });
});

describe('a laptop', () => {
  it('is told to log in with the Azure CLI where there is none', async () => {
    await stand();
    const path = process.env['PATH'];
    process.env['PATH'] = '/nonexistent';
    try {
      const problem = await problemOf(azureTools({ env: { GITHUB_ACTIONS: '' } }));
      expect(problem.message).toMatch(/no id-token here/);
      expect(problem.next).toContain(`az login --tenant ${ids.tenantId}`);
    } finally {
      process.env['PATH'] = path;
    }
  });
});
