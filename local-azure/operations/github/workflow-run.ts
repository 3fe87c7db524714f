import { randomBytes, randomUUID } from 'node:crypto';
import { secretsOf } from '../../secrets/registry.ts';
import type { World } from '../../world.ts';

/** The one workflow run that this GitHub knows: what its id-tokens and its REST answers say of it. */
export interface WorkflowRun {
  readonly repository: string;
  readonly owner: string;
  readonly repositoryId: string;
  readonly ownerId: string;
  /** The `sub` of its id-tokens. */
  readonly subject: string;
  readonly environment: string | undefined;
  readonly ref: string;
  readonly sha: string;
  readonly runId: number;
  readonly actor: string;
  readonly eventName: string;
  readonly workflowFile: string;
  readonly idTokenLifetimeSeconds: number;
  /** Bearer of the id-token endpoint: ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  readonly requestToken: string;
  /** The job's GITHUB_TOKEN. */
  readonly token: string;
  readonly planId: string;
  readonly jobId: string;
}

/** What can be chosen of the run. */
export interface WorkflowRunOptions {
  /** owner/name */
  readonly repository: string;
  readonly subject: string;
  readonly idTokenLifetimeSeconds: number;
}

/** Makes the run of this world. Its environment is read from the subject, where that names one. */
export function createWorkflowRun(world: World, options: WorkflowRunOptions): WorkflowRun {
  const [owner = ''] = options.repository.split('/');
  const run: WorkflowRun = {
    ...options,
    owner,
    repositoryId: '700000001',
    ownerId: '60000001',
    environment: /:environment:(.+)$/.exec(options.subject)?.[1],
    ref: 'refs/heads/main',
    sha: randomBytes(20).toString('hex'),
    runId: 9_000_000_001,
    actor: owner,
    eventName: 'workflow_dispatch',
    workflowFile: 'deploy.yml',
    requestToken: randomBytes(32).toString('base64url'),
    token: `ghs_${randomBytes(27).toString('base64url').replaceAll(/[-_]/g, 'x')}`,
    planId: randomUUID(),
    jobId: randomUUID(),
  };
  world.data.set('workflow-run', run);
  secretsOf(world).file('id-token request token', run.requestToken);
  secretsOf(world).file('GitHub token', run.token);
  return run;
}

/** The run of this world; made with defaults where nobody chose. */
export function workflowRunOf(world: World): WorkflowRun {
  const known = world.data.get('workflow-run') as WorkflowRun | undefined;
  return (
    known ??
    createWorkflowRun(world, {
      repository: 'octo-org/innereye',
      subject: 'repo:octo-org/innereye:ref:refs/heads/main',
      idTokenLifetimeSeconds: 300,
    })
  );
}
