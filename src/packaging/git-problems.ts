import { Problem } from '../errors.ts';
import type { Source } from './source.ts';

/** Part of what git says → what happened and what to do. */
const known: readonly (readonly [RegExp, (source: Source) => readonly [string, string]])[] = [
  [
    /not our ref|couldn't find remote ref|no such remote ref|does not allow request for unadvertised/i,
    ({ repository, commit }) => [
      `The commit ${commit} is not in ${repository}.`,
      'check the input inference-commit; a commit of a fork needs that fork in inference-repository.',
    ],
  ],
  [
    /no space left on device|disk quota exceeded|write error/i,
    () => [
      'The disk of the runner is full: the source of the app could not be fetched.',
      'free about 500 MB below RUNNER_TEMP, and run again.',
    ],
  ],
  [
    /repository .*not found|does not appear to be a git repository|terminal prompts disabled|authentication failed|returned error: 40[134]/i,
    ({ repository }) => [
      `${repository} is not there, or asks for a login.`,
      'check the input inference-repository; the repository must be readable from the runner without a password.',
    ],
  ],
  [
    /could not resolve|failed to connect|unable to access|timed out|connection (was )?(reset|refused|closed)|rpc failed|early eof|hung up|low speed/i,
    ({ repository }) => [
      `${repository} cannot be reached from this runner.`,
      "let the runner reach it (proxy variables and git's http.sslCAInfo count), or name a copy that it reaches in inference-repository.",
    ],
  ],
];

/** What to tell where git failed; `source` where it was fetching. */
export function gitProblem(source: Source | undefined, said: string, code: number): Problem {
  const last = said.trim().split('\n').slice(-3).join(' ').slice(0, 500);
  const detail = ` git said: ${JSON.stringify(last)}.`;
  const place = source ?? { repository: 'the repository', commit: '' };
  const found = known.find(([pattern]) => pattern.test(said));
  if (found !== undefined) {
    const [what, next] = found[1](place);
    return new Problem(`${what}${detail}`, next, { anchor: 'package' });
  }
  return new Problem(
    `git ended with ${code} while it brought the source of the app.${detail}`,
    'look at what git said; the inputs inference-repository and inference-commit say what is fetched.',
    { anchor: 'package' },
  );
}

export function noGit(): Problem {
  return new Problem(
    'There is no git on the PATH of this runner, and the source of the app is fetched with it.',
    'install git on the runner, or give a zip that is ready to run in the input inference-package.',
    { anchor: 'package' },
  );
}
