import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { openDirect } from './direct.ts';
import { openInside } from './inside.ts';
import type { OpenVantage } from './vantage.ts';

/** The vantage point that the input `vantage` asks for: the probe machine, or this runner. */
export function openVantage(
  outputs: Outputs,
  settings: Pick<Settings, 'vantage'>,
  session: Session,
  tools: Toolbox,
): OpenVantage {
  return settings.vantage === 'direct'
    ? openDirect(session, tools)
    : openInside(outputs, session, tools);
}
