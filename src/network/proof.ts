import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { armEvidence } from './arm-evidence.ts';
import type { Facts } from './arm/facts.ts';
import { readDeployed } from './arm/read-deployed.ts';
import { openDirect } from './direct.ts';
import type { Evidence } from './evidence.ts';
import { openVantage } from './open-vantage.ts';
import { residualOf } from './residual.ts';
import type { Residual } from './residual.ts';
import { evidenceFromBothSides } from './standpoint.ts';
import { stateEvidence } from './state-evidence.ts';

/** What was found out about the network, and what it was found out from. */
export interface Proof {
  readonly evidence: readonly Evidence[];
  /** What is open though every promise holds. */
  readonly residual: readonly Residual[];
  /** What ARM said, as it was judged. */
  readonly deployed: Facts;
}

/**
 * Gathers the evidence that the network is closed: from ARM, from outside with a token that would
 * be good enough, and from inside. Changes nothing but the probe machine's power.
 */
export async function proveClosed(
  outputs: Outputs,
  settings: Pick<Settings, 'environment' | 'location' | 'vantage'>,
  session: Session,
  tools: Toolbox,
): Promise<Proof> {
  const deployed = await readDeployed(outputs, session.arm);
  const inside = openVantage(outputs, settings, session, tools);
  try {
    const here = openDirect(session, tools);
    const { vantage } = settings;
    const places = { inside, here };
    const state = await stateEvidence(session, settings);
    const seen = await evidenceFromBothSides(outputs, deployed, vantage, places, tools.http);
    return {
      evidence: [...armEvidence(outputs, deployed), ...state, ...seen],
      residual: residualOf(outputs, deployed),
      deployed,
    };
  } finally {
    await inside.close();
  }
}
