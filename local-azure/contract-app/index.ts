import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { storedZip, type ZipEntry } from './zip.ts';

const service = new URL('service/', import.meta.url);

/** What marks a package as one that Node runs, and the file to start. */
const marker = { start: 'server.ts', contract: 'InnerEye-Inference f4a842c' };

/** What a package may be built with. */
export interface PackageOptions {
  /**
   * gunicorn's setting of that name (from version 22 on): `drop` takes away headers with underscores,
   * and is what a package does whose start-up command forgets the setting.
   */
  readonly headerMap?: 'dangerous' | 'drop';
}

/**
 * Writes the package of the contract app into `folder` and gives its path: a zip as App Service
 * takes it, the same bytes every time.
 */
export async function buildContractPackage(
  folder: string,
  { headerMap = 'dangerous' }: PackageOptions = {},
): Promise<string> {
  const names = (await readdir(service)).filter((name) => name.endsWith('.ts')).sort();
  const files = await Promise.all(
    names.map(async (name): Promise<ZipEntry> => {
      return { name, content: await readFile(new URL(name, service)) };
    }),
  );
  const zip = join(folder, 'contract-app.zip');
  await mkdir(folder, { recursive: true });
  const content = Buffer.from(`${JSON.stringify(marker)}\n`);
  // Node strips types in modules only where it knows that they are modules.
  const manifest = Buffer.from('{"type":"module"}\n');
  await writeFile(
    zip,
    storedZip([
      { name: 'contract-app.json', content },
      { name: 'gunicorn.json', content: Buffer.from(`${JSON.stringify({ headerMap })}\n`) },
      { name: 'package.json', content: manifest },
      ...files,
    ]),
  );
  return zip;
}
