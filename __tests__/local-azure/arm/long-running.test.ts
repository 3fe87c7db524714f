import { describe, expect, it } from '@jest/globals';
import { begin, settle } from '../../../local-azure/arm/long-running.ts';
import { badRequest } from '../../../local-azure/arm/errors.ts';
import { codeOf, GROUP, settled, startAzure, startWithGroup, SUBSCRIPTION } from './azure.ts';

const location = 'westeurope';
const REGISTRY = `${GROUP}/providers/Microsoft.ContainerRegistry/registries/images`;
const ACCOUNT = `${GROUP}/providers/Microsoft.Storage/storageAccounts/store`;

describe('a long-running operation', () => {
  it('answers 201 with Azure-AsyncOperation, and the state of the resource follows', async () => {
    const azure = await startWithGroup(1);
    const created: string[] = [];
    azure.world.events.on('created', ({ name }: { name: string }) => created.push(name));
    const reply = await azure.send(`PUT ${REGISTRY}`, { location, sku: { name: 'Premium' } });
    expect(reply.status).toBe(201);
    expect(reply.json).toMatchObject({ properties: { provisioningState: 'Creating' } });
    expect(created).toEqual([]);
    const url = new URL(reply.headers?.['Azure-AsyncOperation'] ?? '');
    expect(url.pathname).toMatch(
      /^\/subscriptions\/[^/]+\/providers\/Microsoft.ContainerRegistry\/locations\/westeurope\/operations\/[0-9a-f-]+$/,
    );
    const early = await azure.send(`GET ${url.pathname}`);
    expect(early).toMatchObject({
      status: 200,
      json: { status: 'InProgress' },
      headers: { 'Retry-After': '10' },
    });
    azure.clock.advance(30);
    expect((await azure.send(`GET ${url.pathname}`)).json).toMatchObject({ status: 'Succeeded' });
    expect((await azure.send(`GET ${REGISTRY}`)).json).toMatchObject({
      properties: { provisioningState: 'Succeeded', loginServer: 'images.azurecr.io' },
    });
    expect(created).toEqual(['images']);
  });

  it('answers 202 with Location where the service does, and then the resource', async () => {
    const azure = await startWithGroup(1);
    const reply = await azure.send(`PUT ${ACCOUNT}`, { location });
    expect([reply.status, reply.body]).toEqual([202, undefined]);
    const done = await settled(azure, reply);
    expect(done.json).toMatchObject({
      id: ACCOUNT,
      properties: { provisioningState: 'Succeeded' },
    });
  });

  it('scales with the pace, and ends at once at pace 0', async () => {
    const fast = await startWithGroup(0);
    expect((await fast.send(`PUT ${ACCOUNT}`, { location })).status).toBe(200);
    const scaled = await startWithGroup(0.1);
    await scaled.send(`PUT ${ACCOUNT}`, { location });
    const [operation] = [...scaled.world.operations.values()];
    expect(operation?.endsAt).toBe(scaled.clock.now() + 2500);
  });

  it('shows a deletion under way until the resource is gone', async () => {
    const azure = await startWithGroup(1);
    await settled(
      azure,
      await azure.send(`PUT ${REGISTRY}`, { location, sku: { name: 'Premium' } }),
    );
    const deletion = await azure.send(`DELETE ${REGISTRY}`);
    expect(deletion.status).toBe(202);
    expect((await azure.send(`GET ${REGISTRY}`)).json).toMatchObject({
      properties: { provisioningState: 'Deleting' },
    });
    expect(codeOf(await azure.send(`DELETE ${REGISTRY}`))).toBe('Conflict');
    expect((await settled(azure, deletion)).json).toMatchObject({ status: 'Succeeded' });
    expect((await azure.send(`GET ${REGISTRY}`)).status).toBe(404);
  });

  it('fails with the error its end throws', async () => {
    const azure = startAzure(1);
    const work = begin(azure.world, 5, () => {
      throw badRequest('Broken', 'It broke.');
    });
    azure.clock.advance(6);
    const poll = `GET ${SUBSCRIPTION}/providers/Microsoft.X/locations/global`;
    expect((await azure.send(`${poll}/operations/${work.id}`)).json).toMatchObject({
      status: 'Failed',
      error: { code: 'Broken', message: 'It broke.' },
    });
    expect((await azure.send(`${poll}/operationResults/${work.id}`)).json).toMatchObject({
      error: { code: 'Broken' },
    });
  });

  it('ends once, however often it is looked at', () => {
    const azure = startAzure(1);
    let ends = 0;
    const work = begin(azure.world, 5, () => {
      ends += 1;
      return ends;
    });
    settle(azure.world);
    expect(ends).toBe(0);
    azure.clock.advance(5);
    settle(azure.world);
    settle(azure.world);
    expect([work.outcome(), ends]).toEqual([{ status: 'Succeeded', body: 1 }, 1]);
  });
});
