import { describe, expect, it } from '@jest/globals';
import type { Deployed } from '../../src/network/deployed.ts';
import { breaksProof } from '../../src/network/evidence.ts';
import type { Evidence } from '../../src/network/evidence.ts';
import { insideEvidence } from '../../src/network/inside-evidence.ts';
import { verdictOf } from '../../src/network/evidence.ts';
import { Cancelled, Problem } from '../../src/errors.ts';
import { evidenceFromBothSides } from '../../src/network/standpoint.ts';
import type { Failure, Look, Sight, Vantage } from '../../src/network/vantage.ts';
import type { EgressRow, Outputs } from '../../src/terraform/outputs.ts';
import { sight, unreached } from '../support/contract-app.ts';
import { deployed, workspaceGuid } from '../support/deployed.ts';
import { outputs } from '../support/settings.ts';

const at = (name: string, address: string, status = 401): Sight => ({
  ...sight(name, status, 'text/plain', ''),
  ...{ resolved: [address], remoteAddress: address },
});
const failed = (name: string, kind: Failure['kind']): Sight => ({
  ...unreached(name),
  failure: { kind, text: kind },
});
const denied = (name: string): Sight =>
  sight(
    name,
    470,
    'text/plain',
    'Action: Deny. Reason: No rule matched. Proceeding with default action.',
  );

function row(name: string, more: Partial<EgressRow> = {}): EgressRow {
  return {
    ...{ name, kind: 'host', destinations: [name], protocols: ['HTTPS'], ports: ['443'] },
    ...{ from: ['probe'], reason: 'r', breaks: `Without ${name} it breaks.`, reach: 'far' },
    ...more,
  };
}

const egress: readonly EgressRow[] = [
  row('entra', { kind: 'tag', destinations: ['AzureActiveDirectory'] }),
  row('login.microsoftonline.com'),
  row('pages', { destinations: ['ml.azure.com', 'aadcdn.msauth.net'] }),
];

/** How a closed network looks from inside. */
function seen({ name, url }: Look): Sight {
  if (name === 'blocked-plain-http') return denied(name);
  if (name.startsWith('blocked-'))
    return unreached(name, 'the TLS connection was cut off (curl 35)');
  return at(
    name,
    name.startsWith('row-') ? '20.190.160.1' : '10.1.0.7',
    url.includes('/v2/') ? 401 : 404,
  );
}

interface World {
  readonly sights?: Readonly<Record<string, Sight>>;
  readonly deployed?: Partial<Deployed>;
  readonly outputs?: Partial<Outputs>;
}

async function fromInside(world: World = {}) {
  const looks: Look[] = [];
  const evidence = await insideEvidence(
    outputs({ egress, ...world.outputs }),
    deployed(world.deployed),
    {
      look: async (wanted) => {
        looks.push(...wanted);
        return wanted.map((look) => world.sights?.[look.name] ?? seen(look));
      },
    },
  );
  return { evidence, looks, broken: brokenIn(evidence) };
}

const brokenIn = (evidence: readonly Evidence[]): string[] =>
  evidence.filter(breaksProof).map(({ check, result }) => `${check} ${result}`);

const planes = [
  ...['vault', 'blob', 'file', 'registry', 'registry-data', 'workspace', 'workspace-cert'],
  ...['notebooks', 'web-app', 'scm'],
];

describe('the names of the data planes seen from inside', () => {
  it('are all looked at, and found private', async () => {
    const { evidence, looks, broken } = await fromInside();
    expect(broken).toEqual([]);
    const asked = looks.filter(({ resolve }) => resolve).map(({ url }) => new URL(url).hostname);
    expect(asked).toEqual([
      'lab-kv-abc123.vault.azure.net',
      'labstabc123.blob.core.windows.net',
      'labstabc123.file.core.windows.net',
      'labcrabc123.azurecr.io',
      'labcrabc123.westeurope.data.azurecr.io',
      `${workspaceGuid}.workspace.westeurope.api.azureml.ms`,
      `${workspaceGuid}.workspace.westeurope.cert.api.azureml.ms`,
      `ml-lab-ml-westeurope-${workspaceGuid}.westeurope.notebooks.azure.net`,
      'lab-inference-abc123.azurewebsites.net',
      'lab-inference-abc123.scm.azurewebsites.net',
    ]);
    expect(evidence.slice(0, planes.length).map(({ check }) => check)).toEqual(
      planes.map((name) => `private-${name}`),
    );
    expect(evidence[0]?.seen).toBe('10.1.0.7; answers with status 404');
  });

  it.each(planes)('are found public: %s', async (name) => {
    for (const address of ['20.1.2.3', '10.2.0.1']) {
      const { broken } = await fromInside({ sights: { [name]: at(name, address) } });
      expect(broken).toEqual([`private-${name} hole`]);
    }
  });

  it.each(planes)('are found public in part: %s', async (name) => {
    const both = { ...at(name, '10.1.0.5'), resolved: ['10.1.0.5', '52.1.1.1'] };
    expect((await fromInside({ sights: { [name]: both } })).broken).toEqual([
      `private-${name} hole`,
    ]);
  });

  it.each(planes)('are found without an address: %s', async (name) => {
    const none = { ...at(name, ''), resolved: [], remoteAddress: '' };
    expect((await fromInside({ sights: { [name]: none } })).broken).toEqual([
      `private-${name} hole`,
    ]);
  });

  it.each(planes.filter((name) => name !== 'workspace-cert'))(
    'are found without an answer: %s',
    async (name) => {
      const silent = { ...unreached(name), resolved: ['10.1.0.7'] };
      const byFirewall = { ...denied(name), resolved: ['10.1.0.7'] };
      for (const sighting of [silent, byFirewall, { ...failed(name, 'untrusted') }]) {
        const { broken } = await fromInside({
          sights: { [name]: { ...sighting, resolved: ['10.1.0.7'] } },
        });
        expect(broken).toEqual([`private-${name} hole`]);
      }
    },
  );

  it('have the images’ account among them where there is one', async () => {
    const world = { deployed: { imagesAccount: 'labimabc123' } };
    const { looks, evidence, broken } = await fromInside(world);
    expect(broken).toEqual([]);
    expect(looks.find(({ name }) => name === 'images')).toMatchObject({
      url: 'https://labimabc123.blob.core.windows.net/',
      resolve: true,
    });
    expect(evidence.map(({ check }) => check)).toContain('private-images');
    const open = await fromInside({ ...world, sights: { images: at('images', '20.1.2.3') } });
    expect(open.broken).toEqual(['private-images hole']);
  });

  it('need no answer of the one that takes certificates alone', async () => {
    const silent = { ...unreached('workspace-cert'), resolved: ['10.1.0.7'] };
    expect((await fromInside({ sights: { 'workspace-cert': silent } })).broken).toEqual([]);
  });

  it('are not proven where ARM does not tell them', async () => {
    const { broken } = await fromInside({
      deployed: { workspaceGuid: undefined, notebookHost: undefined },
    });
    expect(broken).toEqual(['private-workspace unproven', 'private-notebooks unproven']);
  });
});

describe('the way out seen from inside', () => {
  it('is looked at once for each listed host, under the name of its row', async () => {
    const { evidence, looks } = await fromInside();
    expect(looks.filter(({ name }) => name.startsWith('row-')).map(({ url }) => url)).toEqual([
      'https://login.microsoftonline.com/',
      'https://ml.azure.com/',
      'https://aadcdn.msauth.net/',
    ]);
    const rows = evidence.filter(({ check }) => check.startsWith('reachable-'));
    expect(rows.map(({ check, subject }) => [check, subject])).toEqual([
      ['reachable-login.microsoftonline.com', 'login.microsoftonline.com'],
      ['reachable-pages', 'ml.azure.com'],
      ['reachable-pages', 'aadcdn.msauth.net'],
    ]);
  });

  it.each([
    ['is cut off', unreached('x')],
    ['is denied by the firewall', denied('x')],
    ['is answered by somebody else', failed('x', 'untrusted')],
    ['does not resolve', failed('x', 'unsure')],
  ])('breaks a row whose host %s, and says what that breaks', async (_, sighting) => {
    const { evidence, broken } = await fromInside({ sights: { 'row-0-0': sighting } });
    expect(broken).toEqual(['reachable-login.microsoftonline.com hole']);
    const found = evidence.find(({ result }) => result === 'hole');
    expect(found?.seen).toContain('Without login.microsoftonline.com it breaks.');
  });

  const blocked: readonly [string, string][] = [
    ['blocked-unlisted-host', 'https://example.com/'],
    ['blocked-sub-domain', 'https://device.login.microsoftonline.com/'],
    ['blocked-other-region', 'https://northeurope.api.azureml.ms/'],
    ['blocked-other-account', 'https://azureopendatastorage.blob.core.windows.net/'],
    ['blocked-bare-address', 'https://1.1.1.1/'],
    ['blocked-plain-http', 'http://login.microsoftonline.com/'],
  ];

  it('is tried to hosts that nobody listed', async () => {
    const { looks } = await fromInside();
    const tried = looks.filter(({ name }) => name.startsWith('blocked-'));
    expect(tried.map(({ name, url }) => [name, url])).toEqual(blocked);
  });

  it.each(blocked)('is open: %s', async (name) => {
    for (const status of [200, 301, 403, 404, 502]) {
      const { broken } = await fromInside({ sights: { [name]: at(name, '23.1.1.1', status) } });
      expect(broken).toEqual([`${name} hole`]);
    }
    const dressed = { ...denied(name), status: 403 };
    const bare = sight(name, 470, 'text/plain', 'hello');
    for (const other of [dressed, bare, failed(name, 'untrusted')]) {
      expect((await fromInside({ sights: { [name]: other } })).broken).toEqual([`${name} hole`]);
    }
  });

  it.each(blocked)('is not proven shut by a look that failed on its own: %s', async (name) => {
    for (const kind of ['unsure', 'token', 'secret', 'linked'] as const) {
      const { broken } = await fromInside({ sights: { [name]: failed(name, kind) } });
      expect(broken).toEqual([`${name} unproven`]);
    }
  });

  it.each(blocked)('is shut by the firewall’s own answer: %s', async (name) => {
    expect((await fromInside({ sights: { [name]: denied(name) } })).broken).toEqual([]);
  });

  it('tries another region than its own, and no host that is listed after all', async () => {
    const listed = [...egress, row('example.com')];
    const { looks } = await fromInside({ outputs: { location: 'northeurope', egress: listed } });
    const urls = looks.filter(({ name }) => name.startsWith('blocked-')).map(({ url }) => url);
    expect(urls).toContain('https://westeurope.api.azureml.ms/');
    expect(urls).not.toContain('https://example.com/');
  });
});

describe('a runner that is said to stand inside', () => {
  const standing = (address: string | undefined): Vantage => ({
    look: async (wanted) =>
      wanted.map((look) =>
        look.name === 'vault' && look.bytes === 0
          ? address === undefined
            ? { ...unreached('vault'), resolved: [], remoteAddress: '' }
            : at('vault', address)
          : seen(look),
      ),
  });
  const both = async (here: Vantage): Promise<Evidence[]> =>
    evidenceFromBothSides(
      outputs({ egress }),
      deployed(),
      'direct',
      { inside: here, here },
      { connect: async () => ({ result: 'failed', seen: 'no answer in time' }) },
    );

  it('is believed where the vault has a private address for it', async () => {
    const evidence = await both(standing('10.1.0.4'));
    expect(evidence[0]).toMatchObject({ check: 'runner-stands-inside', result: 'closed' });
    const skipped = evidence.filter(({ result }) => result === 'skipped');
    expect(new Set(skipped.map(({ from }) => from))).toEqual(new Set(['outside']));
    expect(verdictOf(evidence)).toBe('closed as far as seen from inside');
  });

  it.each([['20.1.2.3'], ['10.2.0.1'], [undefined]])(
    'is not believed where the vault has the address %s, and looks from outside instead',
    async (address) => {
      const evidence = await both(standing(address));
      expect(evidence[0]).toMatchObject({ check: 'runner-stands-inside', result: 'unproven' });
      expect(evidence[0]?.seen.includes('it stands outside')).toBe(address !== undefined);
      const skipped = evidence.filter(({ result }) => result === 'skipped');
      expect(new Set(skipped.map(({ from }) => from))).toEqual(new Set(['inside']));
      expect(skipped).toHaveLength(planes.length + 9);
      expect(evidence.some(({ check }) => check === 'refused-vault')).toBe(true);
      expect(verdictOf(evidence)).toBe('not proven to be closed');
    },
  );
});

describe('a probe machine that cannot look', () => {
  const both = (error: Error, changes: Partial<Deployed> = {}): Promise<Evidence[]> =>
    evidenceFromBothSides(
      outputs({ egress }),
      deployed(changes),
      'inside',
      {
        inside: { look: () => Promise.reject(error) },
        here: { look: async (wanted) => wanted.map((look) => seen(look)) },
      },
      { connect: async () => ({ result: 'failed', seen: 'no answer in time' }) },
    );

  it('leaves what it was to look at unproven, with the cause, and the other side is reported', async () => {
    const evidence = await both(new Problem('The probe machine does not exist.', 'run deploy.'));
    expect(evidence.find(({ check }) => check === 'probe-looks')).toMatchObject({
      ...{ from: 'inside', result: 'unproven' },
      seen: 'The probe machine does not exist. Next: run deploy.',
    });
    const inside = evidence.filter(({ from }) => from === 'inside');
    expect(inside).toHaveLength(1 + planes.length + 9);
    expect(new Set(inside.map(({ result }) => result))).toEqual(new Set(['unproven']));
    expect(evidence.some(({ from }) => from === 'outside')).toBe(true);
    expect(verdictOf(evidence)).toBe('not proven to be closed');
    const unnamed = await both(new Error('gone'), { notebookHost: undefined });
    expect(unnamed.map(({ check }) => check)).toContain('private-notebooks');
  });

  it('ends the run where that was cancelled', async () => {
    await expect(both(new Cancelled('The run was cancelled.'))).rejects.toThrow(Cancelled);
  });
});

describe('the verdict', () => {
  const piece = (from: Evidence['from'], result: Evidence['result']): Evidence => ({
    ...{ check: 'c', subject: 's', seen: '' },
    ...{ from, result },
  });
  it.each([
    [[], 'not proven to be closed'],
    [[piece('arm', 'closed')], 'closed'],
    [[piece('arm', 'closed'), piece('outside', 'hole')], 'not proven to be closed'],
    [[piece('arm', 'unproven'), piece('outside', 'skipped')], 'not proven to be closed'],
    [[piece('arm', 'closed'), piece('outside', 'skipped')], 'closed as far as seen from inside'],
    [[piece('arm', 'closed'), piece('inside', 'skipped')], 'closed as far as seen from outside'],
  ])('%# vouches for nothing that was skipped', (evidence, verdict) => {
    expect(verdictOf(evidence)).toBe(verdict);
  });
});
