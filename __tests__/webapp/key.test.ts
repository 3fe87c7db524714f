import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Stage } from './stage.ts';
import { answers, openStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const rotate = { rotateKey: true };
const log = (): string => stage.place.log.join('\n');

describe('a rotation of the pass key', () => {
  it('ends with the new key taken and the old one refused, and says where it lies', async () => {
    await stage.deploy();
    const app = await stage.deploy(rotate);
    expect(app).toMatchObject({ changed: true, rotated: true });
    expect(stage.keys).toHaveLength(2);
    expect(stage.taken).toBe(stage.keys[1]);
    expect(app.notes.join()).toMatch(
      /callers need it.*`inference-api-key` of the Key Vault `lab-kv-abc123`.*The key before it is refused/,
    );
    expect(stage.calls('PUT', '/onedeploy')).toHaveLength(1);
  });

  it('can be done twice in a row, and drops each key before it', async () => {
    for (let time = 0; time < 3; time += 1) await stage.deploy(rotate);
    expect([stage.keys.length, stage.taken]).toEqual([3, stage.keys[2]]);
    expect(stage.calls('PUT', '/onedeploy')).toHaveLength(1);
  });

  it('shows neither key anywhere', async () => {
    await stage.deploy();
    const app = await stage.deploy(rotate);
    const told = `${log()}${JSON.stringify(app)}`;
    for (const key of stage.keys) {
      expect(stage.place.hidden).toContain(key);
      expect(told).not.toContain(key);
    }
  });

  it('makes one key and not two where there was none', async () => {
    const app = await stage.deploy(rotate);
    expect([stage.keys.length, app.rotated, app.notes]).toEqual([1, false, []]);
  });

  it('converges at the next deploy where it was cut off before the app was told', async () => {
    await stage.deploy();
    stage.place.arm.on({
      'POST /config/configreferences/appsettings/refresh': () => {
        throw new Error('The run was cancelled.');
      },
    });
    await expect(stage.deploy(rotate)).rejects.toThrow('cancelled');
    const cutOff = { keys: [...stage.keys], taken: stage.taken };
    expect(cutOff.taken).toBe(cutOff.keys[0]);
    const fresh = await openStage();
    try {
      // The same world, with a way to ask for a refresh again.
      await fresh.deploy();
      Object.assign(fresh, cutOff);
      const app = await fresh.deploy();
      expect([fresh.keys.length, fresh.taken]).toEqual([2, fresh.keys[1]]);
      expect(app).toMatchObject({ changed: true, rotated: false });
      expect(app.notes.join()).toContain('it was told, and takes it now');
      expect(await fresh.deploy()).toMatchObject({ changed: false, notes: [] });
    } finally {
      await fresh.close();
    }
  });

  it('tells the app again where it does not take the key, and gives up in time', async () => {
    await stage.deploy();
    stage.place.arm.on({ 'POST /restart': () => undefined });
    await expect(stage.deploy(rotate)).rejects.toThrow(
      /still takes another pass key than the one in lab-kv-abc123, 600 s after/,
    );
    expect(stage.calls('POST', '/restart').length).toBeGreaterThan(2);
    expect(stage.place.slept()).toBeLessThanOrEqual(620);
  });

  it('is not over while the old key is taken as well, such as by another instance', async () => {
    await stage.deploy();
    stage.app['/v1/ping'] = () => ({ ...answers.accepted });
    await expect(stage.deploy(rotate)).rejects.toThrow(/still takes another pass key/);
  });

  it('says that it could not be seen, where the key cannot be read from inside', async () => {
    await stage.deploy();
    stage.mayReadKey = false;
    await expect(stage.deploy(rotate)).rejects.toThrow(/could not be seen for 600 s/);
  });

  it('says so where the old key could not be tried', async () => {
    await stage.deploy();
    stage.place.arm.on({ 'GET /secrets/inference-api-key': () => ({ properties: {} }) });
    const { notes } = await stage.deploy(rotate);
    expect(notes.join()).toContain('Whether the key before it is refused could not be seen.');
  });
});

describe('the pass key of every deploy', () => {
  it('is tried from inside', async () => {
    await stage.deploy();
    stage.app['/v1/ping'] = () => answers.keyless;
    await expect(stage.deploy()).rejects.toThrow(/does not reach it[^]*--header-map dangerous/);
  });

  it('need not be readable from where it is tried', async () => {
    stage.mayReadKey = false;
    expect(await stage.deploy()).toMatchObject({ changed: true });
    expect(log()).toContain('could not be seen');
  });

  it('is missing where its reference is not resolved, although the app is healthy', async () => {
    stage.reference = { status: 'AccessToKeyVaultDenied' };
    stage.roles = {};
    stage.place.arm.on({ 'POST /restart': () => undefined });
    await stage.deploy({ vantage: 'direct' }).catch(() => undefined);
    stage.taken = '@Microsoft.KeyVault(SecretUri=…)';
    await expect(stage.deploy()).rejects.toThrow(
      /is healthy, but refuses its callers: App Service does not resolve.*has not the role Key Vault Secrets User/,
    );
  });
});
