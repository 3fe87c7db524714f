import { randomUUID } from 'node:crypto';
import { signingKeyOf, signToken } from '../../entrance/signing-key.ts';
import type { Operation } from '../../operation.ts';
import { secretsOf } from '../../secrets/registry.ts';
import type { World } from '../../world.ts';
import { GITHUB_ISSUER } from '../entra/assertion.ts';
import { workflowRunOf, type WorkflowRun } from './workflow-run.ts';

/** The host that a job's ACTIONS_ID_TOKEN_REQUEST_URL names; GitHub has several, alike but for the number. */
export const ID_TOKEN_HOST = 'run-actions-1-azure-eastus.actions.githubusercontent.com';

/** What a job asks for an id-token; `&audience=` comes behind it. */
export function idTokenUrl(run: WorkflowRun): string {
  return `https://${ID_TOKEN_HOST}/142//idtoken/${run.planId}/${run.jobId}?api-version=2.0`;
}

const idToken: Operation = {
  host: ID_TOKEN_HOST,
  route: 'GET /{pool}/idtoken/{plan}/{job}',
  answer: async (call, world) => {
    const run = workflowRunOf(world);
    const bearer = /^Bearer\s+(\S+)$/i.exec(call.headers['authorization'] ?? '')?.[1];
    if (bearer !== run.requestToken || call.params['job'] !== run.jobId) {
      const message = 'The request token is missing, wrong or of another job.';
      return { status: 401, body: { typeKey: 'UnauthorizedException', message } };
    }
    const audience = call.query.get('audience') ?? `https://github.com/${run.owner}`;
    const value = await issueIdToken(world, { audience });
    return { status: 200, body: { count: value.length, value } };
  },
};

/** What may differ from the token that the job's own endpoint gives. */
export interface IdTokenRequest {
  readonly audience: string;
  readonly subject?: string;
  readonly issuer?: string;
  /** Seconds; may be negative to make one that has expired. */
  readonly lifetimeSeconds?: number;
}

/** A job's id-token, signed by GitHub's key of this world. */
export async function issueIdToken(world: World, request: IdTokenRequest): Promise<string> {
  const run = workflowRunOf(world);
  const now = Math.floor(world.clock.now() / 1000);
  const workflow = `${run.repository}/.github/workflows/${run.workflowFile}@${run.ref}`;
  const token = await signToken(await signingKeyOf(world, 'github'), {
    jti: randomUUID(),
    sub: request.subject ?? run.subject,
    aud: request.audience,
    iss: request.issuer ?? GITHUB_ISSUER,
    iat: now,
    nbf: now - 600,
    exp: now + (request.lifetimeSeconds ?? run.idTokenLifetimeSeconds),
    ref: run.ref,
    ref_type: 'branch',
    sha: run.sha,
    repository: run.repository,
    repository_id: run.repositoryId,
    repository_owner: run.owner,
    repository_owner_id: run.ownerId,
    repository_visibility: 'private',
    run_id: String(run.runId),
    run_number: '1',
    run_attempt: '1',
    actor: run.actor,
    event_name: run.eventName,
    workflow: run.workflowFile.replace(/\.ya?ml$/, ''),
    workflow_ref: workflow,
    job_workflow_ref: workflow,
    runner_environment: 'github-hosted',
    ...(run.environment === undefined ? {} : { environment: run.environment }),
  });
  secretsOf(world).file('id-token', token);
  return token;
}

const jwks: Operation = {
  host: new URL(GITHUB_ISSUER).host,
  route: 'GET /.well-known/jwks',
  answer: async (_call, world) => ({
    status: 200,
    body: { keys: [(await signingKeyOf(world, 'github')).publicJwk] },
  }),
};

const configuration: Operation = {
  host: new URL(GITHUB_ISSUER).host,
  route: 'GET /.well-known/openid-configuration',
  answer: () => ({
    status: 200,
    body: {
      issuer: GITHUB_ISSUER,
      jwks_uri: `${GITHUB_ISSUER}/.well-known/jwks`,
      subject_types_supported: ['public', 'pairwise'],
      response_types_supported: ['id_token'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid'],
    },
  }),
};

/** GitHub's OIDC issuer: a job's endpoint, and what those who verify its tokens read. */
export const idTokens: readonly Operation[] = [idToken, jwks, configuration];
