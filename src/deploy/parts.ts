import { deployComputes } from '../compute/index.ts';
import { deployImages } from '../images/index.ts';
import type { Settings } from '../inputs/schema.ts';
import { closeJumpbox } from '../jumpbox/index.ts';
import type { Session } from '../login/session.ts';
import type { Stages } from '../stages.ts';
import type { State } from '../state/index.ts';
import { ensureContainers } from '../storage/containers.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { deployWebApp } from '../webapp/index.ts';

/** The environment as the apply of this run, or an earlier one, left it. */
export interface Standing {
  readonly outputs: Outputs;
  readonly state: State;
  /** Only where this run applied a plan: takes into the state what resources changed of each other. */
  readonly settle?: () => Promise<void>;
}

/**
 * What is done on a standing network, each independent of all others: they are started side by side,
 * and one that fails leaves the rest to end.
 */
export function partsOf(
  { outputs, state, settle }: Standing,
  settings: Settings,
  session: Session,
  stages: Stages,
): readonly Promise<void>[] {
  const { tools } = stages;
  const asked = new Set(settings.stages);
  const part = (name: string, work: () => Promise<{ readonly changed: boolean }>): Promise<void> =>
    stages.run(name, async (unchanged) => {
      if (!(await work()).changed) unchanged();
    });
  return [
    ...(settle === undefined ? [] : [stages.run('state refreshed', settle)]),
    ...(asked.has('network') ? [part('containers', () => ensureContainers(outputs, session))] : []),
    // In every deploy, whatever its stages: one that was cut off may have left the password open.
    ...(outputs.jumpboxName === ''
      ? []
      : [part('jumpbox password', () => closeJumpbox(outputs, session, tools))]),
    ...(asked.has('compute')
      ? [part('compute', () => deployComputes(outputs, settings, session, tools))]
      : []),
    ...(asked.has('webapp')
      ? [
          // What the inference service is sent goes through these images to its jobs.
          part('images', () => deployImages(outputs, settings, session, tools)),
          part('web app', () => deployWebApp(outputs, settings, session, state, tools)),
        ]
      : []),
  ];
}
