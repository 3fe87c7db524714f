import { describe, expect, it } from '@jest/globals';
import { checkContainers, containerId, ensureContainers } from '../../src/storage/containers.ts';
import { fakeArm } from '../support/fake-arm.ts';
import { outputs } from '../support/settings.ts';

const closed = { properties: { publicAccess: 'None' } };
const open = { properties: { publicAccess: 'Container' } };

describe('the containers of the workspace’s account', () => {
  it('are made where they are missing, closed, through ARM', async () => {
    const arm = fakeArm({ 'GET ': () => undefined, 'PUT ': () => closed });
    expect(await ensureContainers(outputs(), { arm })).toEqual({ changed: true });
    const puts = arm.calls.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ path, body }) => [path, body])).toEqual([
      [containerId('datasets', outputs()), closed],
    ]);
  });

  it('are left alone where they are there and private', async () => {
    const arm = fakeArm({ 'GET ': () => closed });
    expect(await ensureContainers(outputs(), { arm })).toEqual({ changed: false });
    expect(await checkContainers(outputs(), { arm })).toEqual([]);
  });

  it('are closed again where one was opened', async () => {
    const arm = fakeArm({ 'GET ': () => open, 'PUT ': () => closed });
    expect(await ensureContainers(outputs(), { arm })).toEqual({ changed: true });
    expect(arm.lines().filter((line) => line.startsWith('PUT'))).toEqual([
      expect.stringMatching(/\/datasets$/),
    ]);
  });

  it('count as drift where one is gone or open', async () => {
    const gone = fakeArm({ 'GET ': () => undefined });
    expect(await checkContainers(outputs(), { arm: gone })).toEqual([
      { resource: 'datasets', attribute: 'existence', wanted: 'exists', found: 'does not exist' },
    ]);
    const arm = fakeArm({ 'GET ': () => open });
    const attribute = 'properties.publicAccess';
    expect(await checkContainers(outputs(), { arm })).toEqual([
      { resource: 'datasets', attribute, wanted: 'None', found: 'Container' },
    ]);
  });
});
