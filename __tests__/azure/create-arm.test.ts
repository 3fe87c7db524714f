import { afterEach, describe, expect, it } from '@jest/globals';
import { createArm } from '../../src/azure/create-arm.ts';
import { AzureProblem } from '../../src/azure/explain.ts';
import { Cancelled } from '../../src/errors.ts';
import { azureTools, fastClock, lastingCredential } from '../support/azure-tools.ts';
import type { FastClock, TestTools } from '../support/azure-tools.ts';
import { startFakeAzure } from '../support/fake-azure.ts';
import type { Asked, FakeAzure, Reaction } from '../support/fake-azure.ts';

const vault = '/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v';
const api = '2026-02-01';
const wait = { what: 'Key vault v', deadlineSeconds: 300 };

let azure: FakeAzure | undefined;
let clock: FastClock;
let tools: TestTools;

/** Replies one after the other; the last one stays. */
function inTurn(...replies: readonly Reaction[]): () => Reaction {
  let turn = 0;
  return () => replies[Math.min(turn++, replies.length - 1)] ?? { status: 501 };
}

async function open(
  react: (asked: Asked) => Reaction,
  signal?: AbortSignal,
): Promise<ReturnType<typeof createArm>> {
  azure = await startFakeAzure(react);
  clock = fastClock();
  tools = azureTools({ clock, ...(signal ? { cancelled: signal } : {}) });
  return createArm(lastingCredential, tools);
}

afterEach(async () => {
  await azure?.close();
  azure = undefined;
});

const refused = (status: number, headers: Record<string, string> = {}): Reaction => ({
  status,
  headers,
  body: { error: { code: 'Busy', message: 'not now' } },
});

describe('reading from ARM', () => {
  it('sends the token and the version, and gives the resource', async () => {
    const arm = await open(() => ({ status: 200, body: { id: vault, name: 'v' } }));
    expect(await arm.get(vault, api)).toEqual({ id: vault, name: 'v' });
    expect(azure?.asked[0]?.headers.authorization).toBe('Bearer lasting-token');
    expect(azure?.asked[0]?.query.get('api-version')).toBe(api);
    expect(azure?.asked[0]?.host).toBe('management.azure.com');
  });

  it('gives undefined for what is not there', async () => {
    const arm = await open(() => refused(404));
    expect(await arm.get(vault, api)).toBeUndefined();
  });

  it('gives bytes that are no JSON as they are, and undefined where there is nothing to give', async () => {
    const arm = await open(
      inTurn({ status: 200, body: 'a line\n' }, { status: 204 }, refused(404), refused(403)),
    );
    expect((await arm.postForBytes(`${vault}/log`, api))?.toString()).toContain('a line');
    expect(await arm.postForBytes(`${vault}/log`, api)).toBeUndefined();
    expect(await arm.postForBytes(`${vault}/log`, api)).toBeUndefined();
    await expect(arm.postForBytes(`${vault}/log`, api)).rejects.toThrow('not now');
    expect(azure?.asked.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST', 'POST']);
  });

  it('follows the pages of a collection', async () => {
    const next = 'https://management.azure.com/subscriptions/s/things?page=2&api-version=1';
    const arm = await open(({ query }) =>
      query.get('page') === '2'
        ? { status: 200, body: { value: [{ name: 'b' }] } }
        : { status: 200, body: { value: [{ name: 'a' }], nextLink: next } },
    );
    expect(await arm.list('/subscriptions/s/things', '1')).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  it('takes no token to another host', async () => {
    const arm = await open(() => ({
      status: 200,
      body: { value: [], nextLink: 'https://elsewhere.example/things' },
    }));
    await expect(arm.list('/subscriptions/s/things', '1')).rejects.toThrow(
      'not the Resource Manager',
    );
    expect(azure?.asked).toHaveLength(1);
  });

  it('says so where the answer is a page of a proxy', async () => {
    const arm = await open(() => ({ status: 200, body: '<html>Welcome</html>' }));
    await expect(arm.get(vault, api)).rejects.toThrow(/the answer is no JSON.*<html>Welcome/s);
  });

  it('keeps spaces in filters as %20', async () => {
    const arm = await open(() => ({ status: 200, body: { value: [] } }));
    await arm.list("/subscriptions/s/skus?$filter=location eq 'x'", '1');
    expect(azure?.asked[0]?.query.get('$filter')).toBe("location eq 'x'");
  });
});

describe('retries', () => {
  it.each([
    ['seconds', { 'retry-after': '17' }, 17],
    [
      'a date, by the clock of the sender',
      { date: 'Sun, 22 Nov 2026 08:00:00 GMT', 'retry-after': 'Sun, 22 Nov 2026 08:00:23 GMT' },
      23,
    ],
  ])('waits as long as Retry-After says, given as %s', async (_form, headers, seconds) => {
    const arm = await open(inTurn(refused(429, headers), { status: 200, body: { name: 'v' } }));
    await arm.get(vault, api);
    expect(clock.slept).toEqual([seconds]);
  });

  it('counts a date from this clock where the sender tells no time', async () => {
    const reactions = inTurn(
      refused(503, { 'retry-after': 'Sun, 22 Nov 2026 12:00:09 GMT', date: 'none' }),
      { status: 200, body: {} },
    );
    const arm = await open(reactions);
    await arm.get(vault, api);
    expect(clock.slept).toEqual([9]);
  });

  it.each([408, 500, 502, 503, 504])('repeats a PUT after %i', async (status) => {
    const arm = await open(inTurn(refused(status), refused(status), { status: 200, body: {} }));
    await arm.put(vault, api, {});
    expect(azure?.asked).toHaveLength(3);
    expect(clock.slept).toEqual([1, 2]);
  });

  it('repeats a PUT whose answer was lost', async () => {
    const arm = await open(inTurn('reset', { status: 200, body: { name: 'v' } }));
    expect(await arm.put(vault, api, {})).toEqual({ name: 'v' });
    expect(azure?.journal()).toEqual([`PUT ${vault}`, `PUT ${vault}`]);
  });

  it('does not repeat a POST that may have been done', async () => {
    const arm = await open(inTurn(refused(500), { status: 200 }));
    await expect(arm.post(`${vault}/restart`, api)).rejects.toThrow('Busy: not now');
    expect(azure?.asked).toHaveLength(1);
  });

  it('repeats a POST that was refused for being one too many', async () => {
    const arm = await open(inTurn(refused(429), { status: 200 }));
    await arm.post(`${vault}/restart`, api);
    expect(azure?.asked).toHaveLength(2);
  });

  it('repeats a POST that only asks', async () => {
    const arm = await open(inTurn(refused(502), { status: 200, body: { nameAvailable: true } }));
    expect(await arm.post('/subscriptions/s/providers/x/checkNameAvailability', api, {})).toEqual({
      nameAvailable: true,
    });
  });

  it('sends a token anew that expired on its way', async () => {
    const error = { code: 'ExpiredAuthenticationToken', message: 'expired' };
    const arm = await open(inTurn({ status: 401, body: { error } }, { status: 200, body: {} }));
    await arm.put(vault, api, {});
    expect(azure?.asked).toHaveLength(2);
  });

  it('does not repeat a token that is refused for another reason', async () => {
    const error = { code: 'InvalidAuthenticationToken', message: 'no' };
    const arm = await open(() => ({ status: 401, body: { error } }));
    await expect(arm.get(vault, api)).rejects.toThrow('InvalidAuthenticationToken');
    expect(azure?.asked).toHaveLength(1);
  });

  it('waits for another operation on the same resource', async () => {
    const busy = {
      status: 409,
      body: { error: { code: 'AnotherOperationInProgress', message: '' } },
    };
    const arm = await open(inTurn(busy, { status: 200, body: {} }));
    await arm.put(vault, api, {});
    expect(azure?.asked).toHaveLength(2);
  });

  it('gives up a conflict that no wait can heal', async () => {
    const taken = {
      status: 409,
      body: { error: { code: 'VaultAlreadyExists', message: 'taken' } },
    };
    const arm = await open(inTurn(taken));
    const problem = await arm.put(vault, api, {}).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(AzureProblem);
    expect((problem as AzureProblem).next).toMatch(/recover or purge/);
    expect(azure?.asked).toHaveLength(1);
  });

  it('ends with the last refusal after a bounded number of attempts', async () => {
    const arm = await open(() => refused(503));
    await expect(arm.get(vault, api)).rejects.toThrow('Busy: not now');
    expect(azure?.asked).toHaveLength(8);
  });

  it('names the resource in each line, and never the query', async () => {
    const arm = await open(inTurn(refused(429), { status: 200, body: {} }));
    await arm.get(`${vault}?sig=hidden-signature`, api);
    expect(tools.log.lines.join('\n')).toContain(`GET management.azure.com${vault}: HTTP 429 Busy`);
    expect(tools.log.lines.join('\n')).not.toContain('hidden-signature');
  });

  it('stops at once when the run is cancelled', async () => {
    const controller = new AbortController();
    const arm = await open(() => {
      controller.abort();
      return 'reset';
    }, controller.signal);
    await expect(arm.get(vault, api)).rejects.toBeInstanceOf(Cancelled);
    expect(azure?.asked).toHaveLength(1);
    expect(tools.log.lines).toEqual([]); // no word of trying again
  });
});

describe('long-running operations', () => {
  const status = 'https://management.azure.com/subscriptions/s/operations/1?api-version=1';
  const done = {
    status: 200,
    body: { id: vault, name: 'v', properties: { provisioningState: 'Succeeded' } },
  };

  it('follows Azure-AsyncOperation, then reads the resource', async () => {
    const polls = inTurn(
      { status: 200, body: { status: 'InProgress' }, headers: { 'retry-after': '7' } },
      { status: 200, body: { status: 'Succeeded' } },
    );
    const arm = await open(({ method, path }) => {
      if (method === 'PUT')
        return { status: 201, headers: { 'azure-asyncoperation': status }, body: {} };
      return path.includes('/operations/') ? polls() : done;
    });
    expect(await arm.put(vault, api, {}, wait)).toMatchObject({ name: 'v' });
    expect(azure?.journal()).toEqual([
      `PUT ${vault}`,
      'GET /subscriptions/s/operations/1',
      'GET /subscriptions/s/operations/1',
      `GET ${vault}`,
    ]);
    expect(clock.slept).toEqual([1, 7]);
  });

  it('follows Location until it is no longer 202, and gives what a POST leaves there', async () => {
    const polls = inTurn({ status: 202 }, { status: 200, body: { result: 42 } });
    const arm = await open(({ method }) =>
      method === 'POST' ? { status: 202, headers: { location: status } } : polls(),
    );
    expect(await arm.post(`${vault}/importImage`, api, {}, wait)).toEqual({ result: 42 });
  });

  it('reads the result of a POST from Location where its state is told elsewhere', async () => {
    const arm = await open(({ method, path }) => {
      if (method === 'POST') {
        const location = 'https://management.azure.com/subscriptions/s/results/1';
        return { status: 202, headers: { 'azure-asyncoperation': status, location } };
      }
      if (path.includes('/results/')) return { status: 200, body: { answer: 'here' } };
      return { status: 200, body: { status: 'Succeeded' } };
    });
    expect(await arm.post(`${vault}/run`, api, {}, wait)).toEqual({ answer: 'here' });
  });

  it('watches the provisioningState where there is no address', async () => {
    const states = inTurn(
      { status: 200, body: { name: 'v', properties: { provisioningState: 'Updating' } } },
      done,
    );
    const arm = await open(({ method }) =>
      method === 'PATCH'
        ? { status: 200, body: { properties: { provisioningState: 'Creating' } } }
        : states(),
    );
    expect(await arm.patch(vault, api, {}, wait)).toMatchObject({ name: 'v' });
    expect(azure?.asked).toHaveLength(3);
  });

  it('needs no second look at what ended at once', async () => {
    const arm = await open(() => done);
    await arm.put(vault, api, {}, wait);
    expect(azure?.asked).toHaveLength(1);
  });

  it('waits until a deleted resource is gone, where 202 names no address', async () => {
    const looks = inTurn(done, done, { status: 404 });
    const arm = await open(({ method }) => (method === 'DELETE' ? { status: 202 } : looks()));
    await arm.delete(vault, api, wait);
    expect(azure?.asked).toHaveLength(4);
  });

  it('finds it fine that a resource is gone already', async () => {
    const arm = await open(() => refused(404));
    await arm.delete(vault, api, wait);
    expect(azure?.asked).toHaveLength(1);
  });

  it('asks the resource where the poll of a deletion is lost', async () => {
    const arm = await open(({ method }) =>
      method === 'DELETE' ? { status: 202, headers: { location: status } } : { status: 404 },
    );
    await arm.delete(vault, api, wait);
    expect(azure?.journal().at(-1)).toBe(`GET ${vault}`);
  });

  it.each([
    ['404', { status: 404 } as const],
    ['a reset', 'reset' as const],
    ['500', { status: 500 } as const],
  ])('survives polls that end with %s', async (_kind, miss) => {
    let misses = 9;
    const arm = await open(({ method, path }) => {
      if (method === 'PUT') return { status: 202, headers: { 'azure-asyncoperation': status } };
      if (!path.includes('/operations/')) return done;
      return misses-- > 0 ? miss : { status: 200, body: { status: 'Succeeded' } };
    });
    expect(await arm.put(vault, api, {}, { ...wait, deadlineSeconds: 3000 })).toMatchObject({
      name: 'v',
    });
  });

  it('survives lost polls of a POST, which has no resource to turn to', async () => {
    let misses = 9;
    const arm = await open(({ method }) => {
      if (method === 'POST') return { status: 202, headers: { location: status } };
      return misses-- > 0 ? { status: 404 } : { status: 200, body: { result: 42 } };
    });
    expect(await arm.post(`${vault}/run`, api, {}, wait)).toEqual({ result: 42 });
  });

  it('says so where the address of a POST stays lost', async () => {
    const arm = await open(({ method }) =>
      method === 'POST' ? { status: 202, headers: { location: status } } : { status: 404 },
    );
    await expect(arm.post(`${vault}/run`, api, {}, wait)).rejects.toThrow(
      'Azure no longer says how far it is',
    );
  });

  it('turns to the resource where the address of the operation has expired', async () => {
    const arm = await open(({ method, path }) => {
      if (method === 'PUT') return { status: 202, headers: { 'azure-asyncoperation': status } };
      return path.includes('/operations/') ? { status: 410 } : done;
    });
    expect(await arm.put(vault, api, {}, wait)).toMatchObject({ name: 'v' });
  });

  it.each(['Failed', 'Canceled'])(
    'tells the innermost cause of an operation that ended as %s',
    async (state) => {
      const error = {
        code: 'ResourceDeploymentFailure',
        message: 'see details',
        details: [{ code: 'SkuNotAvailable', message: 'no D4s_v3 here', target: 'vm' }],
      };
      const arm = await open(({ method }) =>
        method === 'PUT'
          ? { status: 201, headers: { 'azure-asyncoperation': status }, body: {} }
          : {
              status: 200,
              headers: { 'x-ms-correlation-request-id': 'cor-1' },
              body: { status: state, error },
            },
      );
      const problem = await arm.put(vault, api, {}, wait).catch((thrown: unknown) => thrown);
      expect(String(problem)).toMatch(
        /Key vault v: SkuNotAvailable: no D4s_v3 here Correlation id: cor-1/,
      );
      expect((problem as AzureProblem).code).toBe('SkuNotAvailable');
    },
  );

  it('names the state where Azure says no more', async () => {
    const arm = await open(({ method }) =>
      method === 'PUT'
        ? { status: 201, body: { properties: { provisioningState: 'Creating' } } }
        : { status: 200, body: { properties: { provisioningState: 'Failed' } } },
    );
    await expect(arm.put(vault, api, {}, wait)).rejects.toThrow('ended the operation as "Failed"');
  });

  it('gives up at the deadline, and says what was seen last', async () => {
    const arm = await open(({ method }) =>
      method === 'PUT'
        ? { status: 201, body: { properties: { provisioningState: 'Creating' } } }
        : { status: 200, body: { properties: { provisioningState: 'Creating' } } },
    );
    await expect(arm.put(vault, api, {}, wait)).rejects.toThrow(
      /Key vault v: not finished after 300 s; what was seen last: Creating/,
    );
    expect(clock.slept.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(300);
  });

  it('tells the progress every thirty seconds', async () => {
    let looks = 0;
    const arm = await open(({ method }) =>
      method === 'PUT' || looks++ < 12
        ? { status: 200, body: { properties: { provisioningState: 'Creating' } } }
        : done,
    );
    await arm.put(vault, api, {}, wait);
    const told = tools.log.lines.filter((line) => /Key vault v: Creating, \d+ s\./.test(line));
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(told.length).toBeLessThanOrEqual(4);
  });
});
