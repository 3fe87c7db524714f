import type { Repository } from './github.ts';
import { Refusal } from './github.ts';
import type { Version } from './version.ts';
import { majorTagOf } from './version.ts';

/** A file of a release. */
export interface Asset {
  readonly name: string;
  readonly content: Buffer;
  /** `sha256:` and 64 hexadecimal digits, as GitHub writes it. */
  readonly digest: string;
}

/** What is to be published. */
export interface Publication {
  readonly version: Version;
  readonly commit: string;
  readonly notes: string;
  /** The first one is what the version is: a published version whose first asset is the same is this one. */
  readonly assets: readonly [Asset, ...Asset[]];
}

interface Release {
  readonly id: number;
  readonly tag_name: string;
  readonly draft: boolean;
  readonly prerelease: boolean;
  readonly html_url: string;
  readonly upload_url: string;
  readonly assets: readonly {
    readonly id: number;
    readonly name: string;
    readonly digest?: string | null;
  }[];
}

/**
 * Publishes a version, or finds it published: a draft with all assets first, because a published release
 * may be immutable, then the release, then the tag of the major version. Every step can be done again.
 * Says each thing it does; throws a Refusal where somebody must look.
 */
export async function publish(
  repository: Repository,
  publication: Publication,
  say: (line: string) => void,
): Promise<void> {
  const { version, commit } = publication;
  const now = await commitOf(repository, version.tag);
  if (now !== commit) {
    throw new Refusal(
      `${version.tag} is commit ${now ?? 'none'} by now, but this run is for ${commit}. Nothing was published.`,
    );
  }
  const releases = await releasesOf(repository);
  const own = releases.filter(({ tag_name }) => tag_name === version.tag);
  const published = own.find(({ draft }) => !draft);
  if (published === undefined) await publishNew(repository, own, publication, say);
  else say(foundAgain(published, publication));
  const others = releases.filter(({ draft, prerelease }) => !draft && !prerelease);
  await moveMajorTag(repository, publication, others, say);
}

/** All releases; drafts are told to a token with contents: write alone. */
async function releasesOf(repository: Repository): Promise<readonly Release[]> {
  const all: Release[] = [];
  for (let page = 1; ; page++) {
    const some = (await repository.ask('GET', `/releases?per_page=100&page=${page}`)) as
      Release[] | undefined;
    all.push(...(some ?? []));
    if (some === undefined || some.length < 100) return all;
  }
}

/** A second run on the same tag ends well where the same was published. */
function foundAgain(release: Release, { version, assets: [first] }: Publication): string {
  const there = release.assets.find(({ name }) => name === first.name);
  if (there?.digest === first.digest) {
    return `${version.tag} is published already, with the same ${first.name}: ${release.html_url}`;
  }
  throw new Refusal(
    `${version.tag} is published already, but its ${first.name} is ${there?.digest ?? 'not there'}, not ${first.digest}: ${release.html_url}. A published version stays what it is; take the next number.`,
  );
}

async function publishNew(
  repository: Repository,
  [draft, another]: readonly Release[],
  { version, notes, assets }: Publication,
  say: (line: string) => void,
): Promise<void> {
  if (another !== undefined) {
    throw new Refusal(
      `there are two drafts for ${version.tag}: delete one (${another.html_url}) and run this again.`,
    );
  }
  const text = { name: version.tag, body: notes, prerelease: version.isPreRelease };
  const release = await made(
    draft === undefined
      ? repository.ask('POST', '/releases', { ...text, tag_name: version.tag, draft: true })
      : repository.ask('PATCH', `/releases/${draft.id}`, text),
  );
  say(
    draft === undefined
      ? `Draft made: ${release.html_url}`
      : `Draft taken up again: ${release.html_url}`,
  );
  // What an earlier run uploaded may be half of a file.
  for (const { id, name } of draft?.assets ?? []) {
    await repository.ask('DELETE', `/releases/assets/${id}`);
    say(`Taken out of it: ${name}`);
  }
  for (const { name, content, digest } of assets) {
    await repository.upload(release.upload_url, name, content);
    say(`Uploaded: ${name} (${digest})`);
  }
  const done = await made(repository.ask('PATCH', `/releases/${release.id}`, { draft: false }));
  say(`Published: ${done.html_url}`);
}

async function made(answer: Promise<unknown>): Promise<Release> {
  const release = (await answer) as Release | undefined;
  if (release === undefined) throw new Refusal('the draft is gone: run this again.');
  return release;
}

async function moveMajorTag(
  repository: Repository,
  { version, commit }: Publication,
  published: readonly Release[],
  say: (line: string) => void,
): Promise<void> {
  const { name, moves, why } = majorTagOf(
    version,
    published.map(({ tag_name }) => tag_name),
  );
  if (!moves) return say(`${name} stays where it is: ${why}.`);
  const before = await commitOf(repository, name);
  if (before === commit) return say(`${name} is ${version.tag} already.`);
  try {
    await (before === undefined
      ? repository.ask('POST', '/git/refs', { ref: `refs/tags/${name}`, sha: commit })
      : repository.ask('PATCH', `/git/refs/tags/${name}`, { sha: commit, force: true }));
  } catch (error) {
    throw new Refusal(
      `${version.tag} is published, but ${name} could not be moved: ${(error as Error).message}. Run this again, or move it yourself: git tag --force ${name} ${commit} && git push --force origin ${name}`,
      { cause: error },
    );
  }
  say(`${name} moved to ${version.tag}, from ${before ?? 'nothing'}: ${why}.`);
}

interface Reference {
  readonly object: { readonly sha: string; readonly type: string };
}

/** The commit that a tag names; undefined where there is no such tag. */
async function commitOf(repository: Repository, tag: string): Promise<string | undefined> {
  const found = (await repository.ask('GET', `/git/ref/tags/${tag}`)) as Reference | undefined;
  if (found?.object.type !== 'tag') return found?.object.sha;
  const annotated = (await repository.ask('GET', `/git/tags/${found.object.sha}`)) as
    Reference | undefined;
  return annotated?.object.sha;
}
