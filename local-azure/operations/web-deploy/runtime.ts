import { access, constants, mkdir, readFile, symlink } from 'node:fs/promises';
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

/** The container's port 8000 is a port of this machine here, so it is exchanged for a free one. */
async function pythonStart(
  folder: string,
  python: string,
  command: string,
  port: number,
): Promise<Start> {
  const bin = join(folder, '..', 'bin');
  await mkdir(bin, { recursive: true });
  for (const name of ['python', 'python3']) {
    await symlink(python, join(bin, name)).catch(() => undefined);
  }
  const usual = 'python -m gunicorn --bind=0.0.0.0:8000 --timeout 600 app:app';
  const line = (command === '' ? usual : command).replaceAll(
    /(?:0\.0\.0\.0)?:8000\b/g,
    `127.0.0.1:${port}`,
  );
  const path = [bin, process.env['PATH'] ?? ''].join(delimiter);
  const packages = join(folder, '.python_packages', 'lib', 'site-packages');
  return {
    command: 'bash',
    args: ['-c', `exec ${line}`],
    variables: { PATH: path, PYTHONPATH: [folder, packages].join(delimiter) },
  };
}
