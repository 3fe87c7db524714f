import { readFileSync } from 'node:fs';
import type { LockedWheel } from '../src/packaging/lock.ts';

/** What `pip install --report` writes, as far as it is read (pip's documentation, "Installation Report"). */
interface Report {
  readonly install: readonly {
    readonly metadata: { readonly name: string; readonly version: string };
    readonly download_info: {
      readonly url: string;
      readonly archive_info: { readonly hashes: { readonly sha256: string } };
    };
  }[];
}

/** The files that pip would take, each with its digest, from the report it wrote to a path. */
export function filesIn(report: string): readonly LockedWheel[] {
  const { install } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  return install.map(({ metadata: { name, version }, download_info: { url, archive_info } }) => ({
    ...{ name, version, sha256: archive_info.hashes.sha256 },
    file: decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? ''),
  }));
}
