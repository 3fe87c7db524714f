import { ArmError } from '../../arm/errors.ts';
import { armOperation } from '../../arm/operation.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { keptIn } from '../../world.ts';

const ROUTE =
  '/subscriptions/{subscription}/providers/Microsoft.Features/providers/{namespace}/features/{feature}';
const RIGHT = 'Microsoft.Features/providers/features';

/** The features that are asked about. */
const KNOWN = ['Microsoft.Compute/EncryptionAtHost'];

/** Whether a subscription may use what is off until somebody registers it. */
export const featureOperations: readonly Operation[] = [
  armOperation({
    route: `GET ${ROUTE}`,
    needs: `${RIGHT}/read`,
    simplified: 'one feature, registered from the start',
    answer: (call, world) => answerOf(call, world),
  }),
  armOperation({
    route: `POST ${ROUTE}/register`,
    needs: `${RIGHT}/register/action`,
    simplified: 'takes effect at once',
    answer: (call, world) => {
      missingFeatures(world).delete(nameIn(call).toLowerCase());
      return answerOf(call, world);
    },
  }),
];

/** True where the subscription has a feature, such as Microsoft.Compute/EncryptionAtHost. */
export function hasFeature(world: World, name: string): boolean {
  return !missingFeatures(world).has(name.toLowerCase());
}

/** `missingFeatures` in the world's data: `<namespace>/<feature>` in lower case. */
function missingFeatures(world: World): Set<string> {
  return keptIn(world, 'missingFeatures', () => new Set());
}

function answerOf(call: Call, world: World): Answer {
  const name = nameIn(call);
  const properties = { state: hasFeature(world, name) ? 'Registered' : 'NotRegistered' };
  const body = { id: call.path, name, type: 'Microsoft.Features/providers/features', properties };
  return { status: 200, body };
}

function nameIn({ params }: Call): string {
  const asked = `${params['namespace'] ?? ''}/${params['feature'] ?? ''}`;
  const known = KNOWN.find((name) => name.toLowerCase() === asked.toLowerCase());
  if (known !== undefined) return known;
  throw new ArmError(
    404,
    'FeatureNotFound',
    `The feature '${params['feature'] ?? ''}' could not be found.`,
  );
}
