import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Stage } from './stage.ts';
import { conflict, openStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const refusal =
  'Response status code does not indicate success: 403 (Server failed to authenticate the request.)';

describe('the delivery of the package', () => {
  it('says why App Service refused the package, and removes it all the same', async () => {
    stage.outcome = { status: 3, status_text: 'Package not found\n::error::x' };
    await expect(stage.deploy()).rejects.toThrow(
      /could not deploy its package: "Package not found\\n::error::x"/,
    );
    expect([...stage.shelf.keys()]).toEqual([]);
    expect(stage.stored.size).toBe(0);
    expect(stage.shared).toHaveLength(1);
  });

  it('says why it failed although the package cannot be removed then', async () => {
    stage.outcome = { status: 3, status_text: 'Package not found' };
    stage.shelf.delete = () => {
      throw new Error('the storage service is away');
    };
    await expect(stage.deploy()).rejects.toThrow('Package not found');
    expect(stage.place.log.join('\n')).toMatch(/stays in the container packages: .*is away/);
  });

  it('goes on where the answer was lost but the deployment goes on', async () => {
    stage.lost = true;
    expect(await stage.deploy()).toMatchObject({ changed: true });
  });

  it('fails where the request never arrived', async () => {
    stage.before = () => {
      throw new Error('AuthorizationFailed');
    };
    await expect(stage.deploy()).rejects.toThrow('AuthorizationFailed');
    expect([...stage.shelf.keys()]).toEqual([]);
  });

  it('gives up a deployment that never ends', async () => {
    stage.outcome = { status: 1 };
    await expect(stage.deploy()).rejects.toThrow(
      /not deployed its package after 1200 s; its status is 1/,
    );
    expect(stage.place.slept()).toBeLessThanOrEqual(1210);
  });

  it('waits for a deployment of somebody else, and hands over an address made after it', async () => {
    let asked = 0;
    stage.deployments = [{ id: '/deployments/0', properties: { status: 2, deployer: 'VSTS' } }];
    stage.before = () => {
      asked += 1;
      if (asked < 4) conflict();
    };
    expect(await stage.deploy()).toMatchObject({ changed: true });
    expect(stage.calls('PUT', '/onedeploy').at(-1)?.body).toMatchObject({
      properties: { packageUri: stage.shared.at(-1) },
    });
    expect(stage.shared).toHaveLength(4);
    expect(stage.place.log.join('\n')).toContain('deployment 0 by "VSTS" is in progress');
  });

  it('ends within its deadline where that deployment never ends, and names it', async () => {
    stage.deployments = [
      {
        id: '/deployments/hanging',
        properties: { status: 2, deployer: 'VSTS\n::x::', start_time: '2026-11-20T08:00:00Z' },
      },
    ];
    stage.before = conflict;
    await expect(stage.deploy()).rejects.toThrow(
      /took no package for 900 s.*deployment hanging by "VSTS\\n::x::" is in progress since "2026-11-20T08:00:00Z"[^]*Next: .*restart the app/,
    );
    expect(stage.place.slept()).toBeLessThanOrEqual(930);
    expect([...stage.shelf.keys()]).toEqual([]);
  });

  it('shares the package anew, once, where its address could not be read any more', async () => {
    stage.outcome = { status: 3, status_text: refusal };
    stage.before = () => {
      if (stage.shared.length === 2) stage.outcome = { status: 4, active: true };
    };
    expect(await stage.deploy()).toMatchObject({ changed: true });
    expect(stage.shared).toHaveLength(2);
  });

  it('says so where the second address is refused as well', async () => {
    stage.outcome = { status: 3, status_text: `${refusal} https://x/y?se=1&sig=abc%3D` };
    const failed = stage.deploy();
    await expect(failed).rejects.toThrow(/could not read its package, twice[^]*15 minutes/);
    await expect(failed).rejects.not.toThrow(/abc%3D/);
    expect(stage.shared).toHaveLength(2);
    expect([...stage.shelf.keys()]).toEqual([]);
  });

  it('takes a failure after the end of the address for its cause', async () => {
    stage.outcome = { status: 2 };
    const list = stage.place.arm;
    list.on({
      'LIST /deployments': () => {
        const late = stage.place.slept() > 900 && stage.shared.length === 1;
        const done = stage.shared.length === 2 ? { status: 4, active: true } : { status: 2 };
        return stage.deployments.map((one) => ({
          ...one,
          properties: late ? { status: 3, status_text: 'it did not work' } : done,
        }));
      },
    });
    expect(await stage.deploy()).toMatchObject({ changed: true });
    expect(stage.shared).toHaveLength(2);
  });
});
