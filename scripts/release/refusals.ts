import type { Version } from './version.ts';

/** How CI ended for a commit, as far as GitHub says. */
export type CiEnd = 'success' | 'none' | 'running' | (string & {});

/** All that decides whether a commit may become a version. */
export interface Facts {
  readonly tag: string;
  /** Undefined where the tag is no version. */
  readonly version: Version | undefined;
  readonly commit: string;
  /** The commit that the tag names; undefined where there is no such tag yet. */
  readonly tagged: string | undefined;
  /** Whether nothing is published: then the tag need not be there. */
  readonly isTrial: boolean;
  readonly isOnMain: boolean;
  readonly packageVersion: string;
  readonly lockVersion: string;
  readonly notes: string | undefined;
  readonly ci: CiEnd;
  /** Files of dist/ that a rebuild makes otherwise. */
  readonly differing: readonly string[];
}

/** Everything that is against it, as sentences that say what to do; none where it may go on. */
export function refusals(facts: Facts): string[] {
  const { tag, version, commit, tagged, packageVersion, lockVersion, ci, differing } = facts;
  if (version === undefined) return [`${tag} is no version: name the tag v1.2.3 or v1.2.3-rc.1.`];
  const { text } = version;
  const found: (readonly [refused: boolean, why: string])[] = [
    [
      tagged === undefined && !facts.isTrial,
      `there is no tag ${tag}: push it, then run this again.`,
    ],
    [
      tagged !== undefined && tagged !== commit,
      `${tag} is commit ${tagged ?? ''}, but this run is for ${commit}: a version that is tagged stays what it is; take the next number.`,
    ],
    [
      !facts.isOnMain,
      `commit ${commit} is not on main: merge it, then tag the commit that main has.`,
    ],
    [
      packageVersion !== text,
      `package.json says ${packageVersion}, not ${text}: set it in a pull request, then tag that commit.`,
    ],
    [
      lockVersion !== text,
      `package-lock.json says ${lockVersion}, not ${text}: run npm install, commit it, then tag that commit.`,
    ],
    [
      facts.notes === undefined,
      `CHANGELOG.md has no section "## ${text}" with text in it: write one, then tag that commit.`,
    ],
    [
      ci !== 'success',
      `${saidOfCi(ci)} for commit ${commit}: it must end well first, then run this again.`,
    ],
    [
      differing.length > 0,
      `dist/ is not what a rebuild makes: ${differing.slice(0, 5).join(', ')}${differing.length > 5 ? ' …' : ''}. Run npm run build, commit it, then tag that commit.`,
    ],
  ];
  return found.filter(([refused]) => refused).map(([, why]) => why);
}

function saidOfCi(ci: CiEnd): string {
  if (ci === 'none') return 'CI has not run on main';
  return ci === 'running' ? 'CI is still running' : `CI ended as ${ci}`;
}
