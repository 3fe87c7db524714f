import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import type { Artifact } from './artifact-store.ts';
import { artifactsOf, hasExpired, signedAddress } from './artifact-store.ts';
import { API_HOST, gone, notFound, ok, page, rest } from './respond.ts';
import { attemptsOf } from './runtime-token.ts';
import { workflowRunOf } from './workflow-run.ts';

const ofRun = rest({
  route: 'GET /actions/runs/{run}/artifacts',
  answer: (call, world) => {
    const runId = Number(call.params['run']);
    if (attemptsOf(world, runId).length === 0) return notFound();
    return listed(call, world, ({ attempt }) => attempt.runId === runId);
  },
});

const ofRepository = rest({
  route: 'GET /actions/artifacts',
  answer: (call, world) => listed(call, world, () => true),
});

const read = rest({
  route: 'GET /actions/artifacts/{artifact}',
  answer: (call, world) => ofArtifact(call, world, (artifact) => ok(view(world, artifact))),
});

const download = rest({
  route: 'GET /actions/artifacts/{artifact}/zip',
  answer: (call, world) =>
    ofArtifact(call, world, (artifact) => {
      if (hasExpired(world, artifact)) return gone('Artifact has expired');
      return { status: 302, headers: { location: signedAddress(world, artifact, 'read') } };
    }),
});

const remove = rest({
  route: 'DELETE /actions/artifacts/{artifact}',
  answer: (call, world) =>
    ofArtifact(call, world, (artifact) => {
      artifactsOf(world).delete(artifact.id);
      return { status: 204 };
    }),
});

function ofArtifact(call: Call, world: World, answer: (artifact: Artifact) => Answer): Answer {
  const artifact = artifactsOf(world).get(Number(call.params['artifact']));
  return artifact?.content ? answer(artifact) : notFound();
}

/** Newest first; `name` chooses. An expired artifact stays in the list and says so. */
function listed(call: Call, world: World, wanted: (artifact: Artifact) => boolean): Answer {
  const name = call.query.get('name');
  const found = [...artifactsOf(world).values()]
    .filter((one) => one.content !== undefined && wanted(one))
    .filter((one) => name === null || one.name === name)
    .toReversed();
  const answer = page(
    call,
    found.map((artifact) => view(world, artifact)),
  );
  return { ...answer, body: { total_count: found.length, artifacts: answer.body } };
}

/** docs.github.com, "REST API endpoints for GitHub Actions artifacts". */
function view(world: World, artifact: Artifact): Record<string, unknown> {
  const run = workflowRunOf(world);
  const url = `https://${API_HOST}/repos/${run.repository}/actions/artifacts/${artifact.id}`;
  const at = (milliseconds: number): string =>
    new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');
  return {
    id: artifact.id,
    node_id: `A_${artifact.id}`,
    name: artifact.name,
    size_in_bytes: artifact.content?.size,
    url,
    archive_download_url: `${url}/zip`,
    expired: hasExpired(world, artifact),
    digest: artifact.content?.digest,
    created_at: at(artifact.createdAt),
    updated_at: at(artifact.createdAt),
    expires_at: at(artifact.expiresAt),
    workflow_run: {
      id: artifact.attempt.runId,
      repository_id: Number(run.repositoryId),
      head_repository_id: Number(run.repositoryId),
      head_branch: run.ref.replace('refs/heads/', ''),
      head_sha: run.sha,
    },
  };
}

/** Artifacts in the REST API: listed, described, downloaded, deleted. */
export const artifactApi: readonly Operation[] = [ofRun, ofRepository, read, download, remove];
