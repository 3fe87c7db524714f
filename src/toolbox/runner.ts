import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openClock } from './clock.ts';
import { openFiles } from './files.ts';
import { openGitHub } from './github.ts';
import { openHttp } from './http.ts';
import type { Toolbox } from './index.ts';
import { openLog, openRunner } from './job.ts';
import { openShell } from './shell.ts';
import type { Step } from './step.ts';
import { openToolCache } from './tool-cache.ts';

/** Where action.yml lies: one folder above dist/ in use, and above build/ or src/ while developing. */
function actionRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return here.endsWith('toolbox') ? join(here, '..', '..') : dirname(here);
}

/** The real toolbox of a step. */
export async function openToolbox(step: Step): Promise<Toolbox> {
  const runner = await openRunner(step);
  const log = await openLog();
  const clock = openClock(step.cancelled);
  return {
    log,
    runner,
    env: step.env,
    cancelled: step.cancelled,
    shell: await openShell(step),
    http: await openHttp(),
    files: openFiles(actionRoot(), step.env, runner),
    toolCache: await openToolCache(),
    github: (token) => openGitHub(token, log, clock),
    clock,
  };
}
