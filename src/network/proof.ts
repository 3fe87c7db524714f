import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { armEvidence } from './arm-evidence.ts';
import { openDirect } from './direct.ts';
import type { Evidence } from './evidence.ts';
import { insideEvidence } from './inside-evidence.ts';
import { outsideEvidence, outsideSkipped } from './outside-evidence.ts';
import { openVantage } from './open-vantage.ts';

/**
 * Gathers the evidence that the network is closed: from ARM, from outside with a token that would
 * be good enough, and from inside. Changes nothing but the probe machine's power.
 */
export async function proveClosed(
  outputs: Outputs,
  settings: Pick<Settings, 'vantage'>,
  session: Session,
  tools: Toolbox,
): Promise<readonly Evidence[]> {
  const inside = openVantage(outputs, settings, session, tools);
  try {
    const [fromArm, fromOutside, fromInside] = await Promise.all([
      armEvidence(outputs, session.arm),
      // A runner that is the vantage point inside cannot look from outside as well.
      settings.vantage === 'direct'
        ? outsideSkipped(outputs)
        : outsideEvidence(outputs, openDirect(session, tools)),
      insideEvidence(outputs, session.arm, inside),
    ]);
    return [...fromArm, ...fromOutside, ...fromInside];
  } finally {
    await inside.close();
  }
}
