import { randomUUID } from 'node:crypto';
import { jwtVerify } from 'jose';
import { signingKeyOf, signToken } from '../../entrance/signing-key.ts';
import { secretsOf } from '../../secrets/registry.ts';
import type { World } from '../../world.ts';
import { keptIn } from '../../world.ts';
import { workflowRunOf } from './workflow-run.ts';

/** One attempt of a workflow run, by the ids under which the results service knows it. */
export interface Attempt {
  readonly runId: number;
  readonly attempt: number;
  /** `workflow_run_backend_id`: another one for each attempt. */
  readonly planId: string;
  /** `workflow_job_run_backend_id`. */
  readonly jobId: string;
}

/** Which attempt of which run. */
export type AttemptName = Pick<Attempt, 'runId' | 'attempt'>;

/** Seconds; a job may last six hours ("Usage limits", docs.github.com). */
const lifetime = 6 * 3600;

function attempts(world: World): Map<string, Attempt> {
  return keptIn(world, 'github-attempts', () => {
    const { runId, planId, jobId } = workflowRunOf(world);
    return new Map([[`${runId}/1`, { runId, attempt: 1, planId, jobId }]]);
  });
}

/** The attempts that have begun, of this run or of all. */
export function attemptsOf(world: World, runId?: number): Attempt[] {
  return [...attempts(world).values()].filter((one) => runId === undefined || one.runId === runId);
}

/** Begins an attempt of a run, where it has not begun. */
function begin(world: World, { runId, attempt }: AttemptName): Attempt {
  const known = attempts(world).get(`${runId}/${attempt}`);
  if (known !== undefined) return known;
  const begun = { runId, attempt, planId: randomUUID(), jobId: randomUUID() };
  attempts(world).set(`${runId}/${attempt}`, begun);
  return begun;
}

/**
 * What a job gets as ACTIONS_RUNTIME_TOKEN; the first attempt of the world's own run where none is
 * named. Clients read the ids of run and job from its scope `Actions.Results` (getBackendIdsFromToken
 * in actions/toolkit, packages/artifact); its other claims are from memory.
 */
export async function issueRuntimeToken(world: World, name?: AttemptName): Promise<string> {
  const run = workflowRunOf(world);
  const { planId, jobId } = begin(world, name ?? { runId: run.runId, attempt: 1 });
  const now = Math.floor(world.clock.now() / 1000);
  const token = await signToken(await signingKeyOf(world, 'github'), {
    iss: ISSUER,
    aud: ISSUER,
    nbf: now - 300,
    exp: now + lifetime,
    scp: `Actions.GenericRead:${NOBODY} Actions.Results:${planId}:${jobId}`,
    repository_id: run.repositoryId,
  });
  secretsOf(world).file('runtime token', token);
  return token;
}

const ISSUER = 'vstoken.actions.githubusercontent.com';
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** The attempt that a runtime token was made for; undefined where it is none that this world has made. */
export async function attemptBehind(
  world: World,
  authorization: string | undefined,
): Promise<Attempt | undefined> {
  const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  try {
    const { payload } = await jwtVerify(token, (await signingKeyOf(world, 'github')).publicKey, {
      issuer: ISSUER,
      currentDate: new Date(world.clock.now()),
    });
    const [, plan, job] = /\bActions\.Results:([\w-]+):([\w-]+)/.exec(String(payload['scp'])) ?? [];
    return attemptsOf(world).find(({ planId, jobId }) => planId === plan && jobId === job);
  } catch {
    return undefined;
  }
}
