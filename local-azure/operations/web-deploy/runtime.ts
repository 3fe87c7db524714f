import { access, constants, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** The file by which a package says that it is run by Node itself, for machines without Python. */
export const contractMarker = 'contract-app.json';

/** What to start in a package's folder. */
export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

async function exists(file: string): Promise<boolean> {
  return access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
}

async function onPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const file = join(folder, program);
    const runs = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return file;
  }
  return undefined;
}

/**
 * How to start what lies in `folder`, or why it cannot be started here. A package with the marker is
 * run by this machine's Node; one for Python by the Python that the site names, if it is here.
 */
export async function startOf(
  folder: string,
  site: { readonly runtime: string; readonly startupCommand: string },
  port: number,
): Promise<Start | { readonly impossible: string }> {
  const marker = join(folder, contractMarker);
  if (await exists(marker)) {
    const { start } = JSON.parse(await readFile(marker, 'utf8')) as { start: string };
    return { command: process.execPath, args: [join(folder, start)], variables: {} };
  }
  const version = /^PYTHON\|(\d+\.\d+)$/i.exec(site.runtime)?.[1];
  if (version === undefined) {
    return { impossible: `Local Azure cannot run ${site.runtime || 'a site without a runtime'}` };
  }
  const python = await onPath(`python${version}`);
  if (python === undefined) {
    return { impossible: `this machine has no python${version}, which the site asks for` };
  }
  return pythonStart(folder, python, site.startupCommand, port);
}

/** What App Service's image calls the environment of an app's packages. */
const environmentName = 'antenv';

/**
 * Runs the start-up command from a script like the one that App Service's image makes: in the folder of the
 * package, with the packages of `antenv` at the end of PYTHONPATH; no other folder is known to it but
 * `__oryx_packages__`, which only its own builds make (microsoft/Oryx, scriptgenerator.go of Python).
 */
async function pythonStart(
  folder: string,
  python: string,
  command: string,
  port: number,
): Promise<Start | { readonly impossible: string }> {
  const line = command === '' ? await usualCommand(folder) : command;
  if (line === undefined) {
    return {
      impossible: 'there is no start-up command, and the package has no file that one is known for',
    };
  }
  const bin = join(folder, '..', 'bin');
  await mkdir(bin, { recursive: true });
  for (const name of ['python', 'python3']) {
    await symlink(python, join(bin, name)).catch(() => undefined);
  }
  const script = join(folder, '..', 'startup.sh');
  await writeFile(script, await startScript(folder, onFreePort(line, port)), { mode: 0o700 });
  const path = [bin, process.env['PATH'] ?? ''].join(delimiter);
  return { command: 'bash', args: [script], variables: { PATH: path } };
}

/** Files in which an app is looked for, in this order; each is a module with an object named app. */
const modules = ['application', 'app', 'index', 'server'];

async function usualCommand(folder: string): Promise<string | undefined> {
  for (const module of modules) {
    if (await exists(join(folder, `${module}.py`))) {
      return `python -m gunicorn --timeout 600 --access-logfile - --error-logfile - --bind=0.0.0.0:8000 --chdir=. ${module}:app`;
    }
  }
  return undefined;
}

/** The container's port 8000 is a port of this machine here, so it is exchanged for a free one. */
function onFreePort(line: string, port: number): string {
  return line.replaceAll(/(?:0\.0\.0\.0)?:8000\b/g, `127.0.0.1:${port}`);
}

async function startScript(folder: string, line: string): Promise<string> {
  const environment = join(folder, environmentName);
  const packages = (await exists(environment))
    ? [
        `PYTHON_VERSION=$(python -c "import sys; print(str(sys.version_info.major) + '.' + str(sys.version_info.minor))")`,
        `export PYTHONPATH="$PYTHONPATH:${environment}/lib/python$PYTHON_VERSION/site-packages"`,
      ]
    : [`echo "WARNING: Could not find virtual environment directory '${environment}'."`];
  return [`cd "${folder}"`, ...packages, `exec ${line}`, ''].join('\n');
}
