import { describe, expect, it } from '@jest/globals';
import type { Deployed } from '../../src/network/deployed.ts';
import type { Evidence } from '../../src/network/evidence.ts';
import { outsideEvidence, outsideSkipped } from '../../src/network/outside-evidence.ts';
import type { Failure, Look, Sight } from '../../src/network/vantage.ts';
import type { Http } from '../../src/toolbox/index.ts';
import { sight, unreached } from '../support/contract-app.ts';
import { deployed, workspaceGuid } from '../support/deployed.ts';
import { outputs } from '../support/settings.ts';

const json = (name: string, status: number, body: unknown): Sight =>
  sight(name, status, 'application/json', JSON.stringify(body));
const vault = (code: string, status = 403): Sight =>
  json('vault', status, { error: { code: 'Forbidden', message: 'no', innererror: { code } } });
const storage = (name: string, code: string): Sight =>
  sight(name, 403, 'application/xml', `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
const registry = (message: string, code = 'DENIED', status = 403): Sight =>
  json('registry', status, { errors: [{ code, message }] });
const workspace = (message: string, status = 403): Sight =>
  json('workspace', status, { error: { code: 'UserError', message } });
const page = (name: string, title: string, text: string): Sight =>
  sight(name, 403, 'text/html', `<html><title>${title}</title><h1>${text}</h1></html>`);
const forbidden = (name: string): Sight => {
  const said = page(name, 'Web App - Forbidden', 'Error 403');
  return { ...said, headers: { ...said.headers, 'x-ms-forbidden-ip': '198.51.100.7' } };
};
const failed = (name: string, kind: Failure['kind']): Sight => ({
  ...unreached(name),
  failure: { kind, text: kind },
});

const denied =
  "client with IP '198.51.100.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.";
const byLink = 'Access to workspace was denied based on workspace private link configuration.';

/** How a closed environment answers. */
const closed: Readonly<Record<string, Sight>> = {
  vault: vault('ForbiddenByConnection'),
  blob: storage('blob', 'AuthorizationFailure'),
  file: storage('file', 'AuthorizationFailure'),
  registry: registry(denied),
  workspace: workspace(byLink),
  'web-app': forbidden('web-app'),
  scm: forbidden('scm'),
  control: sight('control', 200, 'text/html', ''),
};
const doors = Object.keys(closed).filter((name) => name !== 'control');

type Connect = Http['connect'];
const shut: Connect = async () => ({ result: 'failed', seen: 'no answer in time' });

interface World {
  readonly sights?: Readonly<Record<string, Sight>>;
  readonly deployed?: Partial<Deployed>;
  readonly connect?: Connect;
}

async function fromOutside(world: World = {}) {
  const looks: Look[] = [];
  const knocks: string[] = [];
  const evidence = await outsideEvidence(
    outputs(),
    deployed(world.deployed),
    {
      look: async (wanted) => {
        looks.push(...wanted);
        return wanted.map(({ name }) => world.sights?.[name] ?? closed[name] ?? unreached(name));
      },
    },
    {
      connect: async (host, port, seconds) => {
        knocks.push(`${host}:${port}`);
        return (world.connect ?? shut)(host, port, seconds);
      },
    },
  );
  return { evidence, looks, knocks };
}

const open = (evidence: readonly Evidence[]): string[] =>
  evidence
    .filter(({ result }) => result !== 'closed')
    .map(({ check, result }) => `${check} ${result}`);

describe('the proof from outside', () => {
  it('takes the network’s own refusals', async () => {
    const { evidence } = await fromOutside();
    expect(open(evidence)).toEqual([]);
    expect(evidence.map(({ check }) => check)).toEqual([
      ...doors.map((name) => `refused-${name}`),
      ...['rdp', 'ssh', 'https', 'http'].map((name) => `no-${name}-from-outside`),
    ]);
    expect(new Set(evidence.map(({ from }) => from))).toEqual(new Set(['outside']));
  });

  it('asks with a token that is good for each service, and for nothing of another environment', async () => {
    const { looks } = await fromOutside();
    const asked = looks.map(({ name, method, url, bearer }) => [name, method, url, bearer]);
    const arm = 'https://management.azure.com';
    expect(asked).toEqual([
      [
        'vault',
        'GET',
        'https://lab-kv-abc123.vault.azure.net/secrets?api-version=7.4',
        'https://vault.azure.net',
      ],
      [
        'blob',
        'GET',
        'https://labstabc123.blob.core.windows.net/?comp=list',
        'https://storage.azure.com',
      ],
      [
        'file',
        'GET',
        'https://labstabc123.file.core.windows.net/?comp=list',
        'https://storage.azure.com',
      ],
      ['registry', 'POST', 'https://labcrabc123.azurecr.io/oauth2/exchange', arm],
      [
        'workspace',
        'GET',
        `https://${workspaceGuid}.workspace.westeurope.api.azureml.ms/history/v1.0${outputs().workspaceId}/runs/no-such-run/details?api-version=v1.0`,
        arm,
      ],
      ['web-app', 'GET', 'https://lab-inference-abc123.azurewebsites.net/', undefined],
      ['scm', 'GET', 'https://lab-inference-abc123.scm.azurewebsites.net/api/settings', arm],
      ['control', 'GET', 'https://example.com/', undefined],
    ]);
    expect(looks.find(({ name }) => name === 'file')?.headers).toMatchObject({
      'x-ms-file-request-intent': 'backup',
    });
    expect(looks.find(({ name }) => name === 'registry')).toMatchObject({
      bearerField: 'access_token',
      body: `grant_type=access_token&service=labcrabc123.azurecr.io&tenant=${outputs().tenantId}`,
    });
  });

  it('knocks at the images’ account where there is one', async () => {
    const world = { deployed: { imagesAccount: 'labimabc123' } };
    const shutOne = { images: storage('images', 'AuthorizationFailure') };
    const { looks, evidence } = await fromOutside({ ...world, sights: shutOne });
    expect(looks.find(({ name }) => name === 'images')).toMatchObject({
      url: 'https://labimabc123.blob.core.windows.net/?comp=list',
      bearer: 'https://storage.azure.com',
    });
    expect(open(evidence)).toEqual([]);
    const openOne = { images: storage('images', 'AuthorizationPermissionMismatch') };
    const found = await fromOutside({ ...world, sights: openOne });
    expect(open(found.evidence)).toEqual(['refused-images hole']);
  });

  it.each(doors)('takes a door of the %s that does not connect', async (name) => {
    const { evidence } = await fromOutside({ sights: { [name]: unreached(name) } });
    expect(open(evidence)).toEqual([]);
  });

  it('takes none for shut from a runner that reaches nobody', async () => {
    const sights = Object.fromEntries([...doors, 'control'].map((name) => [name, unreached(name)]));
    const { evidence } = await fromOutside({ sights });
    expect(new Set(evidence.map(({ result }) => result))).toEqual(new Set(['unproven']));
  });

  it.each(doors)('takes no 401 of the %s, whatever it says', async (name) => {
    const { evidence } = await fromOutside({
      sights: { [name]: { ...(closed[name] ?? unreached(name)), status: 401 } },
    });
    expect(open(evidence)).toEqual([`refused-${name} unproven`]);
  });

  it.each(doors)('finds the %s that answers, even with the words of a refusal', async (name) => {
    const { evidence } = await fromOutside({
      sights: { [name]: { ...(closed[name] ?? unreached(name)), status: 200 } },
    });
    expect(open(evidence)).toEqual([`refused-${name} hole`]);
  });

  it.each(doors)('takes no plain 403 of the %s', async (name) => {
    for (const body of ['', '{}', 'Forbidden', 'denied', '{"code":"AuthorizationFailure"}']) {
      const { evidence } = await fromOutside({
        sights: { [name]: sight(name, 403, 'text/plain', body) },
      });
      expect(open(evidence)).toEqual([`refused-${name} hole`]);
    }
  });

  it.each(['untrusted', 'unsure', 'token', 'secret', 'linked'] as const)(
    'learns nothing from a look that ended as %s',
    async (kind) => {
      const { evidence } = await fromOutside({ sights: { vault: failed('vault', kind) } });
      expect(open(evidence)).toEqual(['refused-vault unproven']);
    },
  );

  it.each([
    ['a firewall with exceptions', 'vault', vault('ForbiddenByFirewall'), []],
    ['a vault that wants a role', 'vault', vault('ForbiddenByRbac'), ['refused-vault hole']],
    ['a vault that wants a policy', 'vault', vault('ForbiddenByPolicy'), ['refused-vault hole']],
    [
      'a vault that repeats our words',
      'vault',
      json('vault', 403, { error: { message: 'ForbiddenByConnection' } }),
      ['refused-vault hole'],
    ],
    [
      'storage that wants a role',
      'blob',
      storage('blob', 'AuthorizationPermissionMismatch'),
      ['refused-blob hole'],
    ],
    [
      'shares that want a role',
      'file',
      storage('file', 'AuthorizationPermissionMismatch'),
      ['refused-file hole'],
    ],
    [
      'storage whose header says otherwise than its body',
      'blob',
      {
        ...storage('blob', 'AuthorizationFailure'),
        headers: { 'x-ms-error-code': 'AuthorizationPermissionMismatch' },
      },
      ['refused-blob hole'],
    ],
    [
      'a registry that wants a role',
      'registry',
      registry('requested access to the resource is denied'),
      ['refused-registry hole'],
    ],
    [
      'a registry with escaped quotes',
      'registry',
      sight(
        'registry',
        403,
        'application/json',
        '{"errors":[{"code":"DENIED","message":"client with IP \\u0027198.51.100.7\\u0027 is not allowed access. Refer"}]}',
      ),
      [],
    ],
    [
      'a workspace that wants a role',
      'workspace',
      workspace('The caller may not perform this.'),
      ['refused-workspace hole'],
    ],
    ['a workspace behind a gateway', 'workspace', workspace(byLink, 502), []],
    [
      'a workspace that looks for the run',
      'workspace',
      workspace('Run no-such-run was not found.', 404),
      ['refused-workspace hole'],
    ],
    [
      'an app that is stopped',
      'web-app',
      page('web-app', 'Web App - Unavailable', 'Error 403 - This web app is stopped.'),
      ['refused-web-app hole'],
    ],
    [
      'the page of a blocked app',
      'web-app',
      page('web-app', 'Error 403 - Forbidden', 'The web app has blocked your access.'),
      [],
    ],
    [
      'an app that does not start',
      'web-app',
      sight('web-app', 503, 'text/html', ''),
      ['refused-web-app hole'],
    ],
    [
      'an app of its own mind',
      'web-app',
      json('web-app', 403, { title: 'AuthenticationFailed' }),
      ['refused-web-app hole'],
    ],
  ])('judges %s', async (_, name, seen, expected) => {
    const { evidence } = await fromOutside({ sights: { [name]: seen } });
    expect(open(evidence)).toEqual(expected);
  });

  it('does not take a workspace without a name for a closed one', async () => {
    const { evidence } = await fromOutside({ deployed: { workspaceGuid: undefined } });
    expect(open(evidence)).toEqual(['refused-workspace unproven']);
  });

  it('says what was not looked at', () => {
    const skipped = outsideSkipped(outputs(), deployed());
    expect(skipped).toHaveLength(11);
    expect(new Set(skipped.map(({ result }) => result))).toEqual(new Set(['skipped']));
  });
});

describe('a public address seen from outside', () => {
  it('is knocked at on every port that lets people in', async () => {
    const publicAddresses = [
      { name: 'lab-firewall', address: '20.61.0.9' },
      { name: 'stray', address: '20.61.0.10' },
    ];
    const { knocks } = await fromOutside({ deployed: { publicAddresses } });
    expect(knocks).toEqual([
      ...[3389, 22, 443, 80].map((port) => `20.61.0.9:${port}`),
      ...[3389, 22, 443, 80].map((port) => `20.61.0.10:${port}`),
    ]);
  });

  it.each([
    [3389, 'no-rdp-from-outside'],
    [22, 'no-ssh-from-outside'],
    [443, 'no-https-from-outside'],
    [80, 'no-http-from-outside'],
  ])('is found open at port %i', async (open, check) => {
    const connect: Connect = async (host, port, seconds) =>
      port === open ? { result: 'connected', seen: 'connected' } : shut(host, port, seconds);
    const { evidence } = await fromOutside({ connect });
    const hole = evidence.find(({ result }) => result === 'hole');
    expect(hole).toMatchObject({ check, subject: `20.61.0.9:${open} (lab-firewall)` });
    expect(evidence.filter(({ result }) => result !== 'closed')).toHaveLength(1);
  });

  it('is not proven shut where the proxy would not try', async () => {
    const { evidence } = await fromOutside({
      connect: async () => ({ result: 'unknown', seen: 'the proxy answered 407' }),
    });
    expect(open(evidence)).toHaveLength(4);
    expect(evidence.at(-1)?.seen).toContain('407');
  });

  it('is not proven shut where ARM gives no address', async () => {
    const { evidence, knocks } = await fromOutside({
      deployed: { publicAddresses: [{ name: 'new', address: undefined }] },
    });
    expect(knocks).toEqual([]);
    expect(open(evidence)).toHaveLength(4);
  });

  it('may not exist at all, and a row says so', async () => {
    const { evidence } = await fromOutside({ deployed: { publicAddresses: [] } });
    expect(evidence.at(-1)).toMatchObject({
      subject: 'public addresses',
      result: 'closed',
      seen: 'the resource group has none',
    });
  });
});
