import { ArmError } from '../../arm/errors.ts';
import { asObject, asText } from '../../arm/json.ts';
import type { Answer, Call } from '../../operation.ts';
import type { World } from '../../world.ts';
import { checkRights, openDeployment } from './opening.ts';
import type { Opened } from './opening.ts';
import { shownParameters } from './record.ts';

/** Answers `validate`: whether a deployment would be taken; nothing is made. */
export function validate(call: Call, world: World): Answer {
  const opened = openDeployment(call, world);
  if (levelOf(call) === 'Provider') checkRights(world, opened);
  const properties = {
    mode: opened.mode,
    provisioningState: 'Succeeded',
    parameters: shownParameters(opened.open),
    validatedResources: opened.resources.map(({ id }) => ({ id })),
    dependencies: dependenciesOf(opened),
  };
  const id = `${opened.group}/providers/Microsoft.Resources/deployments/${opened.name}`;
  return { status: 200, body: { id, name: opened.name, properties } };
}

/** How deep to look: `Provider` asks for the rights to write, the others do not. */
export function levelOf(call: Call): 'Provider' | 'ProviderNoRbac' | 'Template' {
  const sent = asText(asObject(asObject(call.body)['properties'])['validationLevel']) ?? 'Provider';
  const level = (['Provider', 'ProviderNoRbac', 'Template'] as const).find(
    (known) => known.toLowerCase() === sent.toLowerCase(),
  );
  if (level === undefined) {
    throw new ArmError(
      400,
      'InvalidValidationLevel',
      `The validation level '${sent}' is not valid.`,
    );
  }
  return level;
}

function dependenciesOf({ resources }: Opened): unknown[] {
  return resources
    .filter(({ needs }) => needs.size > 0)
    .map(({ id, type, name, needs }) => ({
      id,
      resourceType: type,
      resourceName: name,
      dependsOn: resources
        .filter((other) => needs.has(other.id.toLowerCase()))
        .map((other) => ({ id: other.id, resourceType: other.type, resourceName: other.name })),
    }));
}
