import { describe } from './azure/arm.ts';
import { Failure } from './azure/failure.ts';
import { flatten } from './mapping/flatten.ts';
import { argumentsOf } from './mapping/table.ts';
import type { Setting } from './mapping/table.ts';
import { armIdOf, readCall, partCall, workOn } from './sending.ts';
import type { Resource } from './sending.ts';
import type { ValueMap } from './terraform/values.ts';

/** The state of the resource as ARM has it now, on top of `state`; null when it is gone. */
export async function readState(
  resource: Resource,
  state: ValueMap,
  setting: Setting,
): Promise<ValueMap | null> {
  const { table, schema } = resource;
  if (table.custom !== undefined) return table.custom.read(state, setting);
  const id = armIdOf(resource, state);
  const answer = await setting.arm.call(readCall(resource, id));
  if (answer.status === 404) return null;
  if (answer.status !== 200)
    throw new Failure(`retrieving ${table.label} (${id}): ${describe(answer)}`);
  const fromPath = argumentsOf(table.path, id) ?? {};
  const json = table.arriving?.(answer.body) ?? answer.body;
  const next = {
    ...flatten(table.fields, json, schema, state),
    ...fromPath,
    id: state['id'] ?? null,
  };
  await readParts(resource, next, id, setting);
  table.unshape?.(next, answer.body, setting);
  await table.readMore?.(next, workOn(resource, id, setting), answer.body);
  return next;
}

async function readParts(
  resource: Resource,
  state: ValueMap,
  id: string,
  setting: Setting,
): Promise<void> {
  for (const part of resource.table.parts ?? []) {
    if (part.reading === 'none') continue;
    const listed = part.reading === 'POST list';
    const call = partCall(
      resource,
      { ...part, suffix: part.suffix + (listed ? '/list' : '') },
      id,
      listed ? 'POST' : 'GET',
    );
    const answer = await setting.arm.call(call);
    if (answer.status !== 200 && answer.status !== 404)
      throw new Failure(`retrieving ${part.suffix.slice(1)} of ${id}: ${describe(answer)}`);
    const json = answer.status === 200 ? answer.body : {};
    Object.assign(state, flatten(part.fields, json, resource.schema, state));
    part.unshape?.(state, json);
  }
}
