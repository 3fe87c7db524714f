import type { Answer, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import type { Artifact } from './artifact-store.ts';
import {
  addArtifact,
  artifactsOf,
  livingArtifacts,
  signedAddress,
  uploaded,
} from './artifact-store.ts';
import { attemptBehind, attemptsOf, type Attempt } from './runtime-token.ts';

/** The host in a job's ACTIONS_RESULTS_URL ("Self-hosted runners reference", docs.github.com). */
export const RESULTS_HOST = 'results-receiver.actions.githubusercontent.com';

const SERVICE = 'github.actions.results.api.v1.ArtifactService';

/** Days that an artifact is kept where nobody says fewer; more are not given. */
const retentionDays = 90;

/** A request, whose names are those of the protocol's own file (JSON of protobuf). */
type Message = Readonly<Record<string, unknown>>;

/** What a method gives for a request of this attempt. */
type Method = (
  sent: Message,
  from: Attempt,
  world: World,
) => Record<string, unknown> | Answer | Promise<Record<string, unknown> | Answer>;

/**
 * A method of the service, by Twirp over JSON as the toolkit speaks it. The texts for a name that is
 * taken and a run that is unknown are GitHub's (actions/upload-artifact, issue 634;
 * actions/download-artifact, issue 486); the others are ours.
 */
function method(name: string, does: Method): Operation {
  return {
    host: RESULTS_HOST,
    route: `POST /twirp/${SERVICE}/${name}`,
    simplified: 'JSON only; no quota',
    answer: async (call, world) => {
      const from = await attemptBehind(world, call.headers['authorization']);
      if (from === undefined) return failure('unauthenticated', 'the token is not valid');
      if (typeof call.body !== 'object' || call.body === null || Array.isArray(call.body)) {
        return failure('malformed', 'the request is not a JSON message');
      }
      const sent = call.body as Message;
      if (!isOfRun(world, sent, from)) return failure('not_found', 'workflow run not found');
      const given = await does(sent, from, world);
      return isAnswer(given) ? given : { status: 200, body: given };
    },
  };
}

/** A token opens the artifacts of its own run, all attempts of it, and of no other. */
function isOfRun(world: World, sent: Message, { runId }: Attempt): boolean {
  const named = textOf(sent, 'workflow_run_backend_id');
  return attemptsOf(world, runId).some(({ planId }) => planId === named);
}

function isAnswer(given: Record<string, unknown> | Answer): given is Answer {
  return typeof (given as Answer).status === 'number';
}

const statuses = {
  malformed: 400,
  invalid_argument: 400,
  unauthenticated: 401,
  not_found: 404,
  already_exists: 409,
} as const;

/** An error in the form of Twirp ("Errors", twitchtv.github.io/twirp). */
function failure(code: keyof typeof statuses, msg: string): Answer {
  return { status: statuses[code], body: { code, msg } };
}

/** Characters that no name may have (path-and-artifact-name-validation.ts in the toolkit). */
const wrongInNames = /["\\/:<>|*?\r\n]/;

const create = method('CreateArtifact', async (sent, from, world) => {
  const name = textOf(sent, 'name');
  if (name === '' || wrongInNames.test(name)) {
    return failure('invalid_argument', `not a name for an artifact: ${JSON.stringify(name)}`);
  }
  if (named(sent, [...artifactsOf(world).values()]) !== undefined) {
    const text = 'an artifact with this name already exists on the workflow run';
    return failure('already_exists', text);
  }
  const artifact = await addArtifact(world, {
    ...{ name, attempt: from, mimeType: textOf(sent, 'mime_type') || 'application/zip' },
    expiresAt: expiryOf(world, textOf(sent, 'expires_at')),
  });
  return { ok: true, signed_upload_url: signedAddress(world, artifact, 'write') };
});

function expiryOf(world: World, asked: string): number {
  const latest = world.clock.now() + retentionDays * 86_400_000;
  return asked === '' ? latest : Math.min(Date.parse(asked), latest);
}

const finalize = method('FinalizeArtifact', async (sent, _from, world) => {
  const artifact = named(sent, [...artifactsOf(world).values()]);
  const bytes = artifact && (await uploaded(world, artifact));
  if (artifact === undefined || bytes === undefined) return noArtifact();
  artifact.content = {
    ...{ bytes, size: Number(textOf(sent, 'size')), digest: textOf(sent, 'hash') || null },
  };
  return { ok: true, artifact_id: String(artifact.id) };
});

const list = method('ListArtifacts', (sent, { runId }, world) => {
  const [name, id] = [textOf(sent, 'name_filter'), textOf(sent, 'id_filter')];
  const artifacts = livingArtifacts(world)
    .filter(({ attempt }) => attempt.runId === runId)
    .filter((one) => name === '' || one.name === name)
    .filter((one) => id === '' || String(one.id) === id);
  return { artifacts: artifacts.map(shown) };
});

function shown({ id, name, attempt, createdAt, content }: Artifact): Record<string, unknown> {
  return {
    workflow_run_backend_id: attempt.planId,
    workflow_job_run_backend_id: attempt.jobId,
    database_id: String(id),
    name,
    size: String(content?.size),
    created_at: new Date(createdAt).toISOString(),
    digest: content?.digest,
  };
}

const address = method('GetSignedArtifactURL', (sent, _from, world) => {
  const artifact = named(sent, livingArtifacts(world));
  return artifact ? { signed_url: signedAddress(world, artifact, 'read') } : noArtifact();
});

const remove = method('DeleteArtifact', (sent, _from, world) => {
  const artifact = named(sent, livingArtifacts(world));
  if (artifact === undefined) return noArtifact();
  artifactsOf(world).delete(artifact.id);
  return { ok: true, artifact_id: String(artifact.id) };
});

const noArtifact = (): Answer => failure('not_found', 'artifact not found');

/** The one with the name that was sent, of the attempt that was sent: there names are used once. */
function named(sent: Message, among: readonly Artifact[]): Artifact | undefined {
  const plan = textOf(sent, 'workflow_run_backend_id');
  const name = textOf(sent, 'name');
  return among.find((one) => one.attempt.planId === plan && one.name === name);
}

function textOf(sent: Message, field: string): string {
  const value = sent[field];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The service by which a job keeps artifacts. */
export const artifactService: readonly Operation[] = [create, finalize, list, address, remove];
