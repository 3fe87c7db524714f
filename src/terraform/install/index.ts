import { arch, platform } from 'node:os';
import { Cancelled, Problem, messageOf } from '../../errors.ts';
import type { Settings } from '../../inputs/schema.ts';
import { harmlessPart } from '../../toolbox/environment.ts';
import type { Toolbox } from '../../toolbox/index.ts';
import { hashicorpKeys } from '../../trust/hashicorp-keys.ts';
import type { SigningKey } from '../../trust/openpgp.ts';
import { signingKey } from '../../trust/openpgp.ts';
import { findCached } from './cache.ts';
import { download } from './download.ts';
import { DownloadFailed } from './mirror.ts';
import { ReleaseRefused } from './release.ts';
import type { Constraint } from './versions.ts';
import { parseConstraint, parseVersion, satisfies } from './versions.ts';

/** A Terraform to run, and where it was found. */
export interface Installed {
  /** Absolute path of the program. */
  readonly path: string;
  readonly version: string;
  readonly source: 'path' | 'cache' | 'download';
}

/** Whose releases are trusted, and for which machine one is looked for. */
export interface Origin {
  readonly keys: readonly SigningKey[];
  /** `linux`, `darwin`, `windows` */
  readonly os: string;
  /** `amd64`, `arm64` */
  readonly arch: string;
}

type Wish = Pick<Settings, 'terraformVersion' | 'terraformMirror'>;
type Tools = Pick<Toolbox, 'shell' | 'http' | 'files' | 'log' | 'env' | 'toolCache'>;

/**
 * Takes Terraform from the PATH, else from the tool cache, else from the mirror: whichever first
 * satisfies both `required` (the configuration's `required_version`) and the input `terraform-version`.
 * Cache and mirror are believed only with HashiCorp's signature. Throws a Problem where none can be had.
 */
export async function findOrInstallTerraform(
  wish: Wish,
  required: string,
  tools: Tools,
  origin: Origin = thisMachine(),
): Promise<Installed> {
  const wanted = constraintOf(wish, required);
  const range = [required, wish.terraformVersion].filter(Boolean).join(', ');
  const onPath = await findOnPath(tools);
  if (onPath?.version && satisfies(onPath.version, wanted)) {
    return { path: onPath.path, version: onPath.version.text, source: 'path' };
  }
  const found = onPath
    ? `${onPath.path} on the PATH is ${onPath.is}; wanted is ${range}.`
    : 'There is no Terraform on the PATH.';
  tools.log.info(found);
  const cached = await findCached(wanted, origin, origin.keys, tools);
  if (cached) return { ...cached, source: 'cache' };
  const mirror = { address: wish.terraformMirror, os: origin.os, arch: origin.arch };
  try {
    const fetched = await download(wanted, mirror, origin.keys, tools);
    await checkRuns(fetched.path, fetched.version, tools);
    return { ...fetched, source: 'download' };
  } catch (error) {
    if (error instanceof Cancelled || error instanceof Problem) throw error;
    throw explain(error, found, range);
  }
}

/** HashiCorp's pinned keys, and the machine we run on in the words of its releases. */
function thisMachine(): Origin {
  const systems: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' };
  const machines: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
  return {
    keys: hashicorpKeys.map(signingKey),
    os: systems[platform()] ?? platform(),
    arch: machines[arch()] ?? arch(),
  };
}

function constraintOf({ terraformVersion }: Wish, required: string): Constraint {
  const asked = terraformVersion.trim() === '' ? [] : parseConstraint(terraformVersion);
  if (!asked) {
    throw new Problem(
      `The input terraform-version is "${terraformVersion}", which is no version constraint.`,
      'write a version such as 1.11.4, or a range such as ~> 1.11.0 or >= 1.9, < 2.0.',
      { anchor: 'terraform-version' },
    );
  }
  const needed = parseConstraint(required);
  if (!needed) {
    throw new Problem(
      `The configuration's required_version is "${required}", which is no version constraint.`,
      'correct it in terraform/versions.tf.',
      { anchor: 'terraform-version' },
    );
  }
  const named = asked.filter(({ operator }) => operator === '=');
  if (named.some(({ version }) => !satisfies(version, [...asked, ...needed]))) {
    throw new Problem(
      `The input terraform-version asks for ${terraformVersion}, and the configuration needs ${required}.`,
      'leave terraform-version empty, or name a version that satisfies the configuration.',
      { anchor: 'terraform-version' },
    );
  }
  return [...asked, ...needed];
}

/** Terraform on the PATH; `is` says what it is, for a sentence. */
async function findOnPath(tools: Pick<Toolbox, 'shell' | 'env'>) {
  const path = await tools.shell.which('terraform');
  if (path === undefined) return undefined;
  const answer = await askVersion(path, tools);
  const version = parseVersion(answer.version ?? '');
  return { path, version, is: version ? `version ${version.text}` : `unusable (${answer.said})` };
}

async function checkRuns(
  path: string,
  version: string,
  tools: Pick<Toolbox, 'shell' | 'env'>,
): Promise<void> {
  const answer = await askVersion(path, tools);
  if (answer.version === version) return;
  throw new Problem(
    `Terraform ${version} was installed and verified, and does not run here: ${answer.said}.`,
    `look whether programs may be started from ${path} on this runner.`,
    { anchor: 'terraform-version' },
  );
}

/** Asks a program for its version; CHECKPOINT_DISABLE keeps Terraform from asking its maker for news. */
async function askVersion(
  path: string,
  { shell, env }: Pick<Toolbox, 'shell' | 'env'>,
): Promise<{ version: string | undefined; said: string }> {
  const options = { env: { ...harmlessPart(env), CHECKPOINT_DISABLE: '1' } };
  try {
    const { code, stdout, stderr } = await shell.run(path, ['version'], options);
    const version = /^Terraform v(\S+)/m.exec(stdout)?.[1];
    const text = `${stderr}\n${stdout}`.trim().split('\n')[0] ?? '';
    return { version, said: `exit code ${code}${text && `, "${text.slice(0, 200)}"`}` };
  } catch (error) {
    return { version: undefined, said: messageOf(error) };
  }
}

function explain(error: unknown, found: string, range: string): Problem {
  if (error instanceof DownloadFailed) {
    return new Problem(
      `${found} One that fits could not be downloaded: ${error.message}`,
      `install a Terraform that satisfies ${range} on the runner, let the runner reach that address, ` +
        'or name a mirror that it can reach with the input terraform-mirror.',
      { cause: error, anchor: 'terraform-download' },
    );
  }
  if (error instanceof ReleaseRefused) {
    return new Problem(
      `The downloaded Terraform is not trusted and was deleted. ${error.message}`,
      'run again; if it stays so, something between this runner and HashiCorp changes the files: ' +
        'tell whoever runs the proxy or the mirror, and do not work round it.',
      { cause: error, anchor: 'terraform-trust' },
    );
  }
  return new Problem(
    `${found} One was downloaded and verified, but could not be installed: ${messageOf(error)}`,
    'look whether the runner has the program unzip, room on its disk and a writable tool cache, and run again.',
    { cause: error, anchor: 'terraform-download' },
  );
}
