import type { FollowedEnd } from './follow.ts';
import { Problem } from '../errors.ts';
import { duration } from './duration.ts';
import { MOST_PREEMPTIONS, SILENCE_SECONDS, runningSeconds } from './course.ts';
import type { Ending } from './course.ts';
import type { LogEnd } from './job-log.ts';
import { NO_DATA_WORDS } from './job-command.ts';
import type { RegisteredModel } from './model.ts';
import type { RunError } from './run-error.ts';

/** What is known of a training that did not end well. */
export interface BadEnd {
  readonly ending: Exclude<Ending, 'completed'>;
  readonly model: string;
  readonly link: string;
  readonly followed: FollowedEnd;
  readonly error: RunError | undefined;
  readonly log: LogEnd;
  /** The version that the job had registered all the same. */
  readonly registered: RegisteredModel | undefined;
  /** The job's own limit. */
  readonly runSeconds: number;
  readonly now: number;
}

/** Lines of the log that stand in the message itself. */
const LAST_LINES = 8;

/** The Problem for a training that did not end well: what happened, the end of its log, what to do. */
export function problemOf(end: BadEnd): Problem {
  const [what, next] = said(end);
  const { error, registered, log } = end;
  const parts = [
    `The training of ${end.model} ${what}.`,
    ...(error === undefined ? [] : [`AML says ${error.code}: ${error.message}`]),
    ...(registered === undefined
      ? []
      : [
          `The model ${registered.name}:${registered.version} had been registered by then and exists; what did not end well came after that: its test or its report.`,
        ]),
    end.link,
    ...(log.last.length === 0
      ? ['Its log says nothing.']
      : ['Its log ends with:', ...log.last.slice(-LAST_LINES)]),
  ];
  return new Problem(parts.join('\n'), next, { anchor: 'training' });
}

function said(end: BadEnd): readonly [what: string, next: string] {
  switch (end.ending) {
    case 'failed':
      return ['failed', causeOf(end)];
    case 'canceled':
      return canceled(end);
    case 'unstarted':
      return unstarted(end);
    case 'preempted':
      return [
        `lost its node ${MOST_PREEMPTIONS + 1} times and was cancelled`,
        'train again at a quieter time, or take dedicated machines for the cluster: nobody takes those away.',
      ];
    case 'silent':
      return [
        `did not answer for ${duration(SILENCE_SECONDS)} (NotResponding) and was cancelled: AML has lost its node`,
        'look at the cluster in the studio: a node that runs out of memory answers no more, and a larger size helps; then train again.',
      ];
    case 'late':
      return [
        `had not ended ${duration(runningSeconds(end.followed.course, end.now))} after it began to run, and was cancelled`,
        'look at the end of its log for what it was doing; give it more time with the input training-hours, or train again.',
      ];
  }
}

/** That AML's own limit ends a job as `Canceled` is from memory; nothing but the words hangs on it. */
function canceled(end: BadEnd): readonly [what: string, next: string] {
  const ran = runningSeconds(end.followed.course, end.now);
  if (ran >= end.runSeconds - 60) {
    return [
      `was cancelled after ${duration(ran)}, when its limit of ${duration(end.runSeconds)} was over`,
      'give it more time with the input training-hours, then train again.',
    ];
  }
  return [
    'was cancelled, and not by this run',
    'ask who cancelled it: the activity log of the workspace names them; then train again.',
  ];
}

function unstarted({ followed }: BadEnd): readonly [what: string, next: string] {
  const { cluster, course } = followed;
  const state =
    cluster === undefined ? 'nothing is known of the cluster' : `the cluster: ${cluster.text}`;
  const what = `got no node for too long (${course.status || 'no status'}) and was cancelled; ${state}`;
  if (cluster?.lacksQuota === true) {
    return [
      what,
      'ask for more quota for the size of the cluster in this region, then train again.',
    ];
  }
  if (cluster?.lacksCapacity === true) {
    return [what, 'take another size or region for the cluster, or train again later.'];
  }
  if (cluster?.isBusy === true) {
    return [what, 'wait until the other jobs of the cluster have ended, or allow it more nodes.'];
  }
  return [
    what,
    'look at the cluster in the studio; where it makes a node that never gets ready, run verify: it may not reach what it needs. Then train again.',
  ];
}

/** Signs in the job's error and in the end of its log, and what to do then; the first that fits. */
const causes: readonly (readonly [sign: RegExp, next: string])[] = [
  [
    new RegExp(NO_DATA_WORDS),
    'put dataset.csv and the files it names into that folder of the container datasets, from inside the network (section training of docs/troubleshooting.md says how); or name the folder with the input dataset.',
  ],
  [
    /PreemptionError|pre-?empted/i,
    'its node was taken away and AML did not begin anew: train again, or take dedicated machines for the cluster.',
  ],
  [
    /AcrRefreshToken|ImagePull|pull[^.]{0,40}image|image [^ ]+ was not found|may not pull|manifest unknown/i,
    "its image could not be pulled: run deploy, which gives the cluster's identity the role AcrPull, and see that the image is in the registry under this digest.",
  ],
  [
    /INNEREYE_CODE|runner\.py['"]?: .*No such file|can't open file/i,
    'the image is not as images/innereye makes it: build one from there, and name it in the input image.',
  ],
  [
    /was not found in search namespaces/,
    'InnerEye knows no model of that name: correct the input model; it is the name of a class in InnerEye/ML/configs.',
  ],
  [
    /Unknown arguments|unrecognized arguments|error: argument/,
    "InnerEye does not know an argument: correct the input training-arguments; its runner's --help lists them.",
  ],
  [
    /out of memory|MemoryError|status code 137|Bus error|shared memory/i,
    'it ran out of memory: take a larger size for the cluster, or smaller crops or batches with the input training-arguments.',
  ],
  [/No space left on device/i, 'the disk of the node is full: take a larger size for the cluster.'],
  [
    /ModuleNotFoundError|ImportError/,
    'the image lacks a Python package, or has another version of it: build it anew from images/innereye.',
  ],
  [
    /timed? ?out|Temporary failure in name resolution|Max retries exceeded|ConnectionError|does not resolve|not reach|blocked/i,
    'it could not reach something: run verify, which tries the ways out of the cluster one by one.',
  ],
];

function causeOf({ error, log }: BadEnd): string {
  const all = [error?.message ?? '', ...log.last].join('\n');
  const found = causes.find(([sign]) => sign.test(all))?.[1];
  return (
    found ??
    'look for the cause at the end of its log, or in the studio where there is none; correct it, then train again.'
  );
}
