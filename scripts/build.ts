import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = process.argv[2] ?? join(root, 'dist');
const build = join(root, 'build');
const bundle = join(build, 'bundle');

/**
 * TypeScript → build/ (tsc) → one bundle with lazy chunks (ncc) → white space and comments taken
 * out of the chunks. Names stay, so that a stack trace can be read.
 */
rmSync(build, { recursive: true, force: true });
run('tsc', '-p', join(root, 'tsconfig.build.json'));
writeFileSync(join(build, 'package.json'), '{"type":"module"}\n');
run(
  'ncc',
  'build',
  join(build, 'main.js'),
  '-o',
  bundle,
  '--license',
  'licenses.txt',
  '--no-cache',
  '--quiet',
);
for (const file of readdirSync(bundle)) {
  const path = join(bundle, file);
  if (file === 'xdg-open') rmSync(path); // @azure/identity's browser login, which an action never opens
  if (file.endsWith('.js')) writeFileSync(path, await shortened(readFileSync(path, 'utf8')));
}
// The clean-up knows that it is one by its file alone: the main run may be killed before it can say anything.
writeFileSync(join(bundle, 'post.js'), "process.argv[2]='post';await import('./index.js');\n");

// Only now is the old bundle given up: a build that fails leaves it as it was.
rmSync(out, { recursive: true, force: true });
cpSync(bundle, out, { recursive: true });
rmSync(bundle, { recursive: true });

async function shortened(code: string): Promise<string> {
  const { code: short } = await transform(code, {
    minifyWhitespace: true,
    legalComments: 'none',
    format: 'esm',
    target: 'node24',
    loader: 'js',
    lineLimit: 500,
  });
  return short;
}

function run(program: string, ...args: string[]): void {
  execFileSync(join(root, 'node_modules', '.bin', program), args, { stdio: 'inherit', cwd: root });
}
