import { Problem } from '../errors.ts';

/** Part of what pip says → what happened and what to do, the first that fits. */
const known: readonly (readonly [RegExp, string, string])[] = [
  [
    /DO NOT MATCH THE HASHES/i,
    'A Python package is not the one of the lock: its digest differs, and it was not installed.',
    'the package index, or what stands before it, serves altered files: find out why before you go on. Nothing was deployed.',
  ],
  [
    /no space left on device|errno 28|disk quota exceeded/i,
    "The disk of the runner is full: the app's Python packages could not be installed.",
    'free about 1 GB below RUNNER_TEMP, and run again.',
  ],
  [
    /40[13] client error|error 40[13]|credentials not correct|HTTP error 40[13]/i,
    'The package index refuses this runner.',
    'check the credentials in the input python-index: https://user:token@host/path.',
  ],
  [
    /CERTIFICATE_VERIFY_FAILED|SSLError|certificate verify failed/i,
    "The package index shows a certificate that the runner's Python does not trust.",
    'name your authority in REQUESTS_CA_BUNDLE, or in PIP_CERT where that one is not set, as environment of the step.',
  ],
  [
    /connection broken|NewConnectionError|ConnectTimeout|ReadTimeout|name or service not known|temporary failure in name resolution|getaddrinfo|connection refused|ProxyError|max retries exceeded|Remote end closed/i,
    'The package index cannot be reached from this runner.',
    "let the runner reach Python's package index (proxy variables count), or name your institute's mirror in the input python-index.",
  ],
  [
    // Without retries pip says no more than this of an index that does not answer.
    /from versions: none/i,
    'The package index offers nothing under the name of a locked wheel: it does not carry it, or it was not reached.',
    'see whether the runner reaches the index; a mirror must carry exactly the files of inference/requirements.txt.',
  ],
  [
    /no matching distribution found|could not find a version/i,
    'The package index has not every wheel of the lock.',
    'a mirror must carry exactly the files of inference/requirements.txt; complete it, or leave python-index empty.',
  ],
  [
    /no such option|invalid choice|usage:/i,
    'This pip is too old to install packages for another Python.',
    'update pip on the runner (21 or newer).',
  ],
];

/** What to tell where pip failed. pip itself leaves credentials out of what it prints. */
export function pipProblem(said: string, code: number): Problem {
  const errors = said.split('\n').filter((line) => /error|mismatch|expected|got /i.test(line));
  const last = (errors.length > 0 ? errors : said.trim().split('\n')).slice(-4);
  const detail = ` pip said: ${JSON.stringify(
    last
      .map((line) => line.trim())
      .join(' ')
      .slice(0, 600),
  )}.`;
  const found = known.find(([pattern]) => pattern.test(said));
  const [what, next] = found
    ? [found[1], found[2]]
    : [
        `pip ended with ${code} while it installed the app's Python packages.`,
        'look at what pip said.',
      ];
  return new Problem(`${what}${detail}`, next, { anchor: 'package' });
}
