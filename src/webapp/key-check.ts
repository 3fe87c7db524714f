import { growingPauses } from '../azure/pauses.ts';
import { Problem } from '../errors.ts';
import type { Look, Sight, Vantage } from '../network/vantage.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { passKeySecret } from '../terraform/resource-ids.ts';
import { asksForSecret } from './diagnosis.ts';
import type { Finding, Patient } from './diagnosis.ts';
import { shortly } from './health.ts';
import type { PassKey } from './pass-key.ts';
import { resolveAgain, restart } from './references.ts';

/** App Service looks references up at once when it is asked, and the app takes a minute to start. */
const DEADLINE_SECONDS = 600;
/** How long a new key is given before the app is told once more. */
const TELL_AGAIN_SECONDS = 180;

/** Looks that show whether the app takes the key of now, and no longer the one before it. */
export function keyLooks(outputs: Outputs, { replaced }: PassKey): readonly Look[] {
  const current = pingLook('key', passKeySecret, outputs);
  if (replaced === undefined) return [current];
  return [current, pingLook('replaced-key', `${passKeySecret}/${replaced}`, outputs)];
}

/** The key is fetched where the look is made, and never comes here. */
function pingLook(name: string, secret: string, outputs: Outputs): Look {
  return {
    ...{ name, method: 'GET', url: `https://${outputs.inferenceAppHost}/v1/ping` },
    secretHeader: { header: 'API_AUTH_SECRET', vaultUri: outputs.keyVaultUri, secret },
    seconds: 20,
  };
}

/** What became of the two keys. */
export interface KeyCheck {
  /** Whether the app had to be told of a key that it had not taken. */
  readonly healed: boolean;
  /** Whether the replaced key was seen to be refused; undefined where there is none, or it could not be tried. */
  readonly refusesReplaced: boolean | undefined;
}

/**
 * Asks from inside until the app takes the key that lies in Key Vault, and refuses the one before it. An app
 * that keeps an older key (a run was cut off between the new key and the refresh) is told again.
 * A key that cannot be tried from here is a problem only after a rotation.
 */
export async function untilKeyTaken(
  first: readonly Sight[],
  key: PassKey,
  patient: Patient,
  vantage: Vantage,
): Promise<KeyCheck> {
  const { outputs, session, tools } = patient;
  const { clock, log } = tools;
  const started = clock.now();
  const pause = growingPauses(20);
  let told = key.rotated ? started : -Infinity;
  for (let sights = first; ; sights = await vantage.look(keyLooks(outputs, key))) {
    const [current, replaced] = sights;
    const state = stateOf(current, replaced, key);
    if (state === 'taken')
      return { healed: !key.made && told > 0, refusesReplaced: refuses(replaced) };
    if (state === 'dropped') throw dropped(outputs);
    if (state === 'unseen' && !key.rotated) {
      log.info(`Whether the app takes its pass key could not be seen: ${shortly(current)}.`);
      return { healed: false, refusesReplaced: undefined };
    }
    const finding = state === 'old' ? await asksForSecret(patient) : undefined;
    if (finding?.certain === true) throw refusing(finding, outputs);
    if (clock.now() - started >= DEADLINE_SECONDS * 1000) {
      throw finding ? refusing(finding, outputs) : notTaken(state, current, outputs);
    }
    if (state === 'old' && clock.now() - told >= TELL_AGAIN_SECONDS * 1000) {
      log.info('The app does not take the pass key that lies in Key Vault: telling it again.');
      told = clock.now();
      await resolveAgain(outputs, session.arm);
      await restart(outputs, session.arm);
    }
    await clock.sleep(pause());
  }
}

type State = 'taken' | 'old' | 'dropped' | 'unseen';

function stateOf(current: Sight | undefined, replaced: Sight | undefined, key: PassKey): State {
  if (current?.status === 200) {
    return key.replaced !== undefined && replaced?.status === 200 ? 'old' : 'taken';
  }
  const isApp = (current?.headers['content-type'] ?? '').startsWith('application/json');
  if (current?.status === 403 && isApp) return 'old';
  return current?.status === 401 && isApp ? 'dropped' : 'unseen';
}

function refuses(replaced: Sight | undefined): boolean | undefined {
  return replaced?.status === 403 ? true : undefined;
}

function dropped({ inferenceAppName }: Outputs): Problem {
  return new Problem(
    `The web app ${inferenceAppName} is healthy, but the pass key does not reach it: it answers 401, as if none had been sent.`,
    'something in front of the app drops headers with an underscore; the start-up command must have "--header-map dangerous". Run deploy with all stages: Terraform puts the command back.',
    { anchor: 'unhealthy-app' },
  );
}

/** An unresolved reference reaches the app as the text it is, and is then the key it compares with. */
function refusing(finding: Finding, { inferenceAppName }: Outputs): Problem {
  return new Problem(
    `The web app ${inferenceAppName} is healthy, but refuses its callers: ${finding.what}.`,
    finding.next,
    { anchor: 'unhealthy-app' },
  );
}

function notTaken(state: State, current: Sight | undefined, outputs: Outputs): Problem {
  const { inferenceAppName, keyVaultName } = outputs;
  if (state === 'unseen') {
    return new Problem(
      `The new pass key lies in ${keyVaultName}, but whether ${inferenceAppName} takes it could not be seen for ${DEADLINE_SECONDS} s: ${shortly(current)}.`,
      'run deploy again without rotate-key; it checks the key that is there. Where the key could not be fetched, the vantage point lacks its role on the secret.',
      { anchor: 'unhealthy-app' },
    );
  }
  return new Problem(
    `The web app ${inferenceAppName} still takes another pass key than the one in ${keyVaultName}, ${DEADLINE_SECONDS} s after it was told.`,
    'callers with the new key may be refused. Look at the Key Vault reference of API_AUTH_SECRET in the settings of the app (Azure portal), then run deploy again; another rotate-key is not needed.',
    { anchor: 'unhealthy-app' },
  );
}
