import { createHash } from 'node:crypto';
import type { Answer, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { keptIn } from '../../world.ts';
import { notFound, ok, page, rest, unprocessable } from './respond.ts';
import type { WorkflowRun } from './workflow-run.ts';

/** The host that takes files for releases. */
const UPLOADS = 'uploads.github.com';

/** A release with its files. */
interface Release {
  readonly id: number;
  tag_name: string;
  name: string;
  body: string;
  draft: boolean;
  prerelease: boolean;
  assets: { readonly id: number; readonly name: string; readonly digest: string }[];
}

/** Releases and tags of the repository, and how CI ended for a commit. */
export interface Publications {
  readonly releases: Release[];
  /** Commits by the names of their tags. */
  readonly tags: Map<string, string>;
  /** Conclusions of the workflow ci.yml by commit. */
  readonly ci: Map<string, string>;
  last: number;
}

/** What this world's repository has published. */
export function publicationsOf(world: World): Publications {
  return keptIn(world, 'github-publications', () => ({
    releases: [],
    tags: new Map(),
    ci: new Map(),
    last: 4_000_000_000,
  }));
}

const list = rest({
  route: 'GET /releases',
  simplified: 'drafts are told to every token',
  answer: (call, world, run) =>
    page(
      call,
      publicationsOf(world).releases.map((release) => view(release, run)),
    ),
});

const create = rest({
  route: 'POST /releases',
  answer: (call, world, run) => {
    const kept = publicationsOf(world);
    const release: Release = {
      ...{ id: (kept.last += 1), tag_name: '', name: '', body: '', assets: [] },
      ...{ draft: false, prerelease: false },
      ...(call.body as Partial<Release>),
    };
    if (release.tag_name === '') {
      return unprocessable({ resource: 'Release', code: 'missing_field', field: 'tag_name' });
    }
    kept.releases.push(release);
    return ok(view(release, run), 201);
  },
});

const update = rest({
  route: 'PATCH /releases/{release}',
  answer: (call, world, run) => {
    const release = releaseOf(world, call.params['release']);
    if (release === undefined) return notFound();
    Object.assign(release, call.body);
    return ok(view(release, run));
  },
});

const upload: Operation = {
  ...rest({
    route: 'POST /releases/{release}/assets',
    answer: (call, world) => {
      const release = releaseOf(world, call.params['release']);
      if (release === undefined) return notFound();
      const name = call.query.get('name') ?? '';
      const refused = uploadRefusal(release, name);
      if (refused) return refused;
      const digest = `sha256:${createHash('sha256').update(call.rawBody).digest('hex')}`;
      const asset = { id: (publicationsOf(world).last += 1), name, digest };
      release.assets.push(asset);
      return ok(asset, 201);
    },
  }),
  host: UPLOADS,
};

/** A published release takes nothing more, as where the repository has immutable releases. */
function uploadRefusal(release: Release, name: string): Answer | undefined {
  const error = { resource: 'ReleaseAsset', field: 'name' };
  if (!release.draft) return unprocessable({ ...error, code: 'custom', message: 'immutable' });
  const isThere = release.assets.some((asset) => asset.name === name);
  return isThere ? unprocessable({ ...error, code: 'already_exists' }) : undefined;
}

const removeAsset = rest({
  route: 'DELETE /releases/assets/{asset}',
  answer: (call, world) => {
    for (const release of publicationsOf(world).releases) {
      release.assets = release.assets.filter(({ id }) => id !== Number(call.params['asset']));
    }
    return { status: 204 };
  },
});

const readTag = rest({
  route: 'GET /git/ref/tags/{tag}',
  simplified: 'no annotated tags',
  answer: (call, world) => {
    const tag = call.params['tag'] ?? '';
    const sha = publicationsOf(world).tags.get(tag);
    return sha === undefined
      ? notFound()
      : ok({ ref: `refs/tags/${tag}`, object: { type: 'commit', sha } });
  },
});

interface SentReference {
  readonly ref?: string;
  readonly sha: string;
}

const createTag = rest({
  route: 'POST /git/refs',
  simplified: 'tags only',
  answer: (call, world) => {
    const { ref = '', sha } = call.body as SentReference;
    publicationsOf(world).tags.set(ref.replace('refs/tags/', ''), sha);
    return ok({ ref, object: { type: 'commit', sha } }, 201);
  },
});

const moveTag = rest({
  route: 'PATCH /git/refs/tags/{tag}',
  answer: (call, world) => {
    const { tag = '' } = call.params;
    if (!publicationsOf(world).tags.has(tag)) return notFound();
    const { sha } = call.body as SentReference;
    publicationsOf(world).tags.set(tag, sha);
    return ok({ ref: `refs/tags/${tag}`, object: { type: 'commit', sha } });
  },
});

const runsOfWorkflow = rest({
  route: 'GET /actions/workflows/{file}/runs',
  simplified: 'one run of ci.yml for each commit that a test names',
  answer: (call, world) => {
    const conclusion = publicationsOf(world).ci.get(call.query.get('head_sha') ?? '');
    const found = call.params['file'] === 'ci.yml' && conclusion !== undefined;
    const runs = found ? [{ status: 'completed', conclusion }] : [];
    return ok({ total_count: runs.length, workflow_runs: runs });
  },
});

function releaseOf(world: World, id: string | undefined): Release | undefined {
  return publicationsOf(world).releases.find((release) => release.id === Number(id));
}

function view(release: Release, { repository }: WorkflowRun): Record<string, unknown> {
  const place = `/repos/${repository}/releases/${release.id}/assets{?name,label}`;
  return {
    ...release,
    html_url: `https://github.com/${repository}/releases/tag/${release.tag_name}`,
    upload_url: `https://${UPLOADS}${place}`,
  };
}

/** Releases, their files, the tags they stand on, and the runs of a workflow for a commit. */
export const releases: readonly Operation[] = [
  ...[list, create, update, upload, removeAsset],
  ...[readTag, createTag, moveTag, runsOfWorkflow],
];
