import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importJWK, jwtVerify } from 'jose';
import { sendThrough, type ProxiedAnswer } from '../../local-azure/entrance/client.ts';
import { start, type LocalAzure } from '../../local-azure/index.ts';
import { limitContents } from '../../local-azure/operations/github/limits.ts';
import { addComment, openIssue } from '../../local-azure/operations/github/tracker.ts';
import { idToken, run, variable } from '../support/clients.ts';

const REPOSITORY = 'octo-org/innereye';

let azure: LocalAzure;

beforeAll(async () => {
  azure = await start({ provider: 'none', idTokenLifetimeSeconds: 120 });
});

afterAll(() => azure.stop());

interface Sending {
  readonly method?: string;
  readonly body?: unknown;
  readonly token?: string;
}

function api(path: string, sending: Sending = {}): Promise<ProxiedAnswer> {
  const { method = 'GET', body, token = variable(azure, 'GITHUB_TOKEN') } = sending;
  const headers = { authorization: `token ${token}` };
  return sendThrough(azure, { method, url: `https://api.github.com${path}`, headers, body });
}

interface Issue {
  readonly number: number;
  readonly title: string;
  readonly state: string;
  readonly body: string | null;
  readonly labels: readonly { readonly name: string }[];
}

interface Comment {
  readonly id: number;
  readonly body: string;
  readonly user: { readonly login: string; readonly type: string };
}

describe('id-token endpoint', () => {
  it('signs what the job is, for the audience that was asked for', async () => {
    const answer = await idToken(azure, 'api://AzureADTokenExchange');
    const { value } = answer.json<{ value: string }>();
    const keys = await sendThrough(azure, {
      url: 'https://token.actions.githubusercontent.com/.well-known/jwks',
    });
    const key = await importJWK(keys.json<{ keys: [object] }>().keys[0], 'RS256');
    const { payload } = await jwtVerify(value, key);
    expect(payload).toMatchObject({
      iss: 'https://token.actions.githubusercontent.com',
      aud: 'api://AzureADTokenExchange',
      sub: `repo:${REPOSITORY}:environment:demo`,
      repository: REPOSITORY,
      environment: 'demo',
      run_id: variable(azure, 'GITHUB_RUN_ID'),
      job_workflow_ref: `${REPOSITORY}/.github/workflows/deploy.yml@refs/heads/main`,
    });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(120);
  });

  it('takes the owner as audience where none is asked for', async () => {
    const { value } = (await idToken(azure)).json<{ value: string }>();
    const claims = JSON.parse(atob(value.split('.')[1] ?? '')) as { aud: string };
    expect(claims.aud).toBe('https://github.com/octo-org');
  });

  it('refuses a bearer that is not the job’s', async () => {
    const url = variable(azure, 'ACTIONS_ID_TOKEN_REQUEST_URL');
    const asked = await sendThrough(azure, { url, headers: { authorization: 'Bearer other' } });
    expect(asked.status).toBe(401);
  });

  it('serves @actions/core, which knows nothing but the variables', async () => {
    const script = `
      const { getIDToken } = await import('@actions/core');
      const token = await getIDToken('api://AzureADTokenExchange');
      console.log(token.split('.').length);`;
    const ended = await run(azure, process.execPath, ['--input-type=module', '--eval', script]);
    // The toolkit masks the token with a workflow command first.
    expect(ended.output.trim().split('\n').at(-1)).toBe('3');
  });
});

describe('REST API', () => {
  it('wants the job’s token and the run’s repository', async () => {
    const path = `/repos/${REPOSITORY}/issues`;
    const without = await sendThrough(azure, { url: `https://api.github.com${path}` });
    expect([without.status, without.json()['message']]).toEqual([401, 'Requires authentication']);
    const wrong = await api(path, { token: 'ghs_wrong' });
    expect([wrong.status, wrong.json()['message']]).toEqual([401, 'Bad credentials']);
    const elsewhere = await api('/repos/octo-org/other/issues');
    expect([elsewhere.status, elsewhere.json()['message']]).toEqual([404, 'Not Found']);
  });

  it('tells of the run, and that a job is no person', async () => {
    const id = variable(azure, 'GITHUB_RUN_ID');
    const answer = await api(`/repos/${REPOSITORY}/actions/runs/${id}`);
    expect(answer.json()).toMatchObject({ id: Number(id), status: 'in_progress' });
    expect((await api(`/repos/${REPOSITORY}/actions/runs/1`)).status).toBe(404);
    expect((await api('/user')).status).toBe(403);
  });
});

describe('issues', () => {
  const path = `/repos/${REPOSITORY}/issues`;

  it('are opened, found by label and state, changed and closed', async () => {
    const made = await api(path, {
      method: 'POST',
      body: { title: 'Drift in demo', body: 'one', labels: ['drift', 'demo'] },
    });
    expect(made.status).toBe(201);
    const { number } = made.json<Issue>();
    const found = (await api(`${path}?labels=drift,demo&state=open`)).json<Issue[]>();
    expect(found.map((issue) => issue.number)).toEqual([number]);
    expect((await api(`${path}?labels=drift,other`)).json()).toEqual([]);
    const body = { state: 'closed', body: 'two' };
    const closed = (await api(`${path}/${number}`, { method: 'PATCH', body })).json<Issue>();
    expect(closed).toMatchObject({ state: 'closed', state_reason: 'completed', body: 'two' });
    expect((await api(`${path}?labels=drift`)).json()).toEqual([]);
    expect((await api(`${path}?labels=drift&state=closed`)).json()).toHaveLength(1);
  });

  it('need a title', async () => {
    const answer = await api(path, { method: 'POST', body: { body: 'x' } });
    expect([answer.status, answer.json()['errors']]).toEqual([
      422,
      [{ resource: 'Issue', code: 'missing_field', field: 'title' }],
    ]);
  });
});

describe('comments', () => {
  it('are listed page by page, oldest first', async () => {
    const { number } = openIssue(azure.world, { title: 'A change', isPullRequest: true });
    for (let n = 1; n <= 5; n += 1) addComment(azure.world, number, `comment ${n}`, 'a-person');
    const path = `/repos/${REPOSITORY}/issues/${number}/comments`;
    const first = await api(`${path}?per_page=2`);
    expect(first.json<Comment[]>().map(({ body }) => body)).toEqual(['comment 1', 'comment 2']);
    const next = /<https:\/\/api\.github\.com([^>]+)>; rel="next"/.exec(
      String(first.headers['link']),
    );
    const second = await api(next?.[1] ?? '');
    expect(second.json<Comment[]>().map(({ body }) => body)).toEqual(['comment 3', 'comment 4']);
    const last = await api(`${path}?per_page=2&page=3`);
    expect(last.json()).toHaveLength(1);
    expect(last.headers['link']).not.toContain('rel="next"');
  });

  it('are made as the bot, changed in place, and removed', async () => {
    const { number } = openIssue(azure.world, { title: 'Another', isPullRequest: true });
    const path = `/repos/${REPOSITORY}/issues`;
    const made = await api(`${path}/${number}/comments`, { method: 'POST', body: { body: 'one' } });
    const { id, user } = made.json<Comment>();
    expect([made.status, user.login, user.type]).toEqual([201, 'github-actions[bot]', 'Bot']);
    await api(`${path}/comments/${id}`, { method: 'PATCH', body: { body: 'two' } });
    const read = (await api(`${path}/comments/${id}`)).json<Comment>();
    expect([read.id, read.body]).toEqual([id, 'two']);
    expect((await api(`${path}/comments/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await api(`${path}/comments/${id}`)).status).toBe(404);
  });

  it('may have 65,536 characters and not one more', async () => {
    const { number } = openIssue(azure.world, { title: 'Long' });
    const path = `/repos/${REPOSITORY}/issues/${number}/comments`;
    const post = (length: number): Promise<ProxiedAnswer> =>
      api(path, { method: 'POST', body: { body: 'x'.repeat(length) } });
    expect((await post(65_536)).status).toBe(201);
    const refused = await post(65_537);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('body is too long (maximum is 65536 characters)');
  });

  it('serve the toolkit’s Octokit, which knows nothing but the variables', async () => {
    const { number } = openIssue(azure.world, { title: 'Octokit', isPullRequest: true });
    const script = `
      const { getOctokit } = await import('@actions/github');
      const octokit = getOctokit(process.env.GITHUB_TOKEN);
      const target = { owner: 'octo-org', repo: 'innereye', issue_number: ${number} };
      await octokit.rest.issues.createComment({ ...target, body: 'hello' });
      const all = await octokit.paginate(octokit.rest.issues.listComments, target);
      console.log(all.map(({ body }) => body).join());`;
    const ended = await run(azure, process.execPath, ['--input-type=module', '--eval', script]);
    expect(ended).toEqual({ code: 0, output: 'hello\n' });
    expect(azure.journal.unknown).toEqual([]);
  });
});

describe('the limit on contents', () => {
  it('lets 80 writes of a minute through and refuses the next, but no reading', async () => {
    const { number } = openIssue(azure.world, { title: 'Many', isPullRequest: true });
    const path = `/repos/${REPOSITORY}/issues/${number}/comments`;
    const record = limitContents(azure.world);
    const post = (): Promise<ProxiedAnswer> => api(path, { method: 'POST', body: { body: 'x' } });
    for (let n = 1; n <= 80; n += 1) expect((await post()).status).toBe(201);
    const refused = await post();
    expect([refused.status, refused.json()['message']]).toEqual([
      403,
      expect.stringContaining('secondary rate limit'),
    ]);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(30);
    expect(record).toMatchObject({ refused: 1, early: 0 });
    await post();
    expect(record).toMatchObject({ refused: 2, early: 1 });
    expect((await api(path)).status).toBe(200);
  });
});
