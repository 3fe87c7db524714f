import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { outputs } from '../support/settings.ts';
import type { Stage } from './stage.ts';
import { answers, openStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
  stage.app = { '/': () => answers.platform };
});
afterEach(() => stage.close());

const time = (seconds = 0): string =>
  new Date(stage.place.tools.clock.now() + seconds * 1000).toISOString();

/** One failed start in App Service's words; `app` is what the process wrote. */
function failedStart(app: string, ended = true): string {
  const is = 'Container lab-inference-abc123_0_1a2b3c4d';
  const lines = [
    `${time(1)} INFO  - Initiating warmup request to ${is} for site lab-inference-abc123`,
    ...app.split('\n').map((line) => `${time(1)} ${line}`),
    ended
      ? `${time(1)} ERROR - ${is} for site lab-inference-abc123 has exited, failing site start`
      : `${time(1)} ERROR - ${is} for site lab-inference-abc123 did not start within expected time limit. Elapsed time = 230.97 sec`,
    `${time(1)} ERROR - ${is} didn't respond to HTTP pings on port: 8000, failing site start. See container logs for debugging.`,
    `${time(1)} INFO  - Stopping site lab-inference-abc123 because it failed during startup.`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Adds a failed start each time the log is asked for. */
function startingInVain(app: string, ended = true): void {
  stage.log = '';
  stage.place.arm.on({
    'POST /containerlogs': () => (stage.log = `${stage.log ?? ''}${failedStart(app, ended)}`),
  });
}

const shown = (): string => stage.place.log.join('\n');
const waited = (): number => stage.place.slept();

describe('an app that does not become healthy', () => {
  it('crashes at its start: told after three starts, with its last words and its log', async () => {
    startingInVain(
      "Traceback (most recent call last):\nModuleNotFoundError: No module named 'flask'",
    );
    await expect(stage.deploy()).rejects.toThrow(
      /process ends while it starts \(tried 3 times\): "ModuleNotFoundError: No module named 'flask'".*status 503[^]*Next: the package does not run here/,
    );
    expect(waited()).toBeLessThan(60);
    expect(shown()).toContain('The end of the start-up log of the app');
    expect(shown()).toContain('  20');
    expect(shown()).toContain('has exited, failing site start');
  });

  it('never answers at its port', async () => {
    startingInVain('Listening on nothing', false);
    await expect(stage.deploy()).rejects.toThrow(
      /runs but never answers at its port \(tried 3 times\)[^]*port 8000/,
    );
    expect(waited()).toBeLessThan(60);
  });

  it('lacks settings: told before anything is delivered', async () => {
    delete stage.settings['DATASTORE_NAME'];
    delete stage.strings['API_AUTH_SECRET'];
    await expect(stage.deploy()).rejects.toThrow(
      /was given no package: it cannot start without the settings DATASTORE_NAME, API_AUTH_SECRET.*missing\.\nNext: run deploy with all stages/,
    );
    expect(waited()).toBe(0);
    expect(stage.calls('PUT', '/onedeploy')).toEqual([]);
  });

  it('loses a setting while it is waited for', async () => {
    stage.app['/'] = () => {
      delete stage.settings['CLUSTER'];
      return answers.platform;
    };
    await expect(stage.deploy()).rejects.toThrow(/without the setting CLUSTER, which is missing/);
    expect(waited()).toBeLessThan(5);
  });

  it('lacks its role on the workspace', async () => {
    stage.roles[outputs().workspaceId] = [];
    await expect(stage.deploy()).rejects.toThrow(
      /identity has not the roles Reader and AzureML Data Scientist on the workspace lab-ml/,
    );
    expect(waited()).toBeLessThan(5);
  });

  it('has its roles, but one takes effect late: waited for until the deadline', async () => {
    startingInVain(
      'azure.core.exceptions: (AuthorizationFailed) The client does not have authorization',
    );
    await expect(stage.deploy()).rejects.toThrow(
      /Azure refuses the app something while it starts \(tried \d+ times\)[^]*take effect late/,
    );
    expect(waited()).toBeGreaterThanOrEqual(900);
    expect(waited()).toBeLessThanOrEqual(920);
  });

  it('is not given its key, for want of a role', async () => {
    stage.reference = { status: 'AccessToKeyVaultDenied' };
    stage.roles = { [outputs().workspaceId]: stage.roles[outputs().workspaceId] ?? [] };
    await expect(stage.deploy()).rejects.toThrow(
      /does not resolve the Key Vault reference of API_AUTH_SECRET \(AccessToKeyVaultDenied\): its identity has not the role Key Vault Secrets User/,
    );
    expect(waited()).toBeLessThan(5);
  });

  it('is given its key as soon as a late role takes effect, because that is asked for', async () => {
    stage.reference = { status: 'AccessToKeyVaultDenied' };
    stage.app = {
      '/': () => (stage.reference.status === 'Resolved' ? answers.healthy : answers.platform),
      '/v1/ping': () => answers.accepted,
    };
    stage.place.arm.on({
      'POST /config/configreferences/appsettings/refresh': () => {
        if (waited() > 200) stage.reference = { status: 'Resolved' };
      },
    });
    expect((await stage.deploy()).healthySeconds).toBeGreaterThan(200);
    expect(stage.calls('POST', '/appsettings/refresh').length).toBeLessThan(8);
    expect(shown()).toContain('which may take effect late');
  });

  it('is stopped', async () => {
    stage.site.state = 'Stopped';
    await expect(stage.deploy()).rejects.toThrow(/it is stopped[^]*Start it/);
  });

  it('does not start, and App Service has no log of it', async () => {
    stage.place.arm.on({
      'GET /deploymentStatus/1': () => ({
        properties: { status: 'RuntimeFailed', errors: [{ message: 'it\n::ended' }] },
      }),
    });
    await expect(stage.deploy()).rejects.toThrow(/RuntimeFailed\): "it\?: :ended"/);
    expect(shown()).toContain('App Service gives no start-up log');
    expect(waited()).toBeLessThanOrEqual(920);
  });

  it.each([
    ['the page of the platform', answers.platform, /status 503[^]*app does not start/],
    [
      'a page that is no app',
      { status: 200, headers: { 'content-type': 'text/html' }, text: 'hi' },
      /something else/,
    ],
    ['a refusal', { status: 403, headers: {}, text: '' }, /App Service refuses/],
    [
      'a page that only looks like the app',
      { ...answers.healthy, headers: { 'content-type': 'text/html' } },
      /something else/,
    ],
  ])('answers with %s, and ARM knows no reason', async (_, answer, message) => {
    stage.app['/'] = () => answer;
    await expect(stage.deploy()).rejects.toThrow(message);
    expect(waited()).toBeLessThanOrEqual(920);
  });

  it('is told of although ARM refuses to say anything', async () => {
    stage.place.arm.on({
      'POST /containerlogs': () => {
        throw new Error('AuthorizationFailed');
      },
      'GET /sites/lab-inference-abc123': () => {
        throw new Error('AuthorizationFailed');
      },
    });
    await expect(stage.deploy()).rejects.toThrow(/is not healthy: status 503 after 9\d\d s/);
  });

  it('is not judged by failed starts of yesterday', async () => {
    stage.log = failedStart('ModuleNotFoundError: x')
      .repeat(5)
      .replaceAll(/20\d\d-/g, '2020-');
    let asked = 0;
    stage.app = {
      '/': () => (++asked < 8 ? answers.platform : answers.healthy),
      '/v1/ping': () => answers.accepted,
    };
    expect(await stage.deploy()).toMatchObject({ changed: true });
  });
});
