import { asObject, asObjects } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import { sameId } from '../../arm/ids.ts';
import { armOperation } from '../../arm/operation.ts';
import { groupOf, missing, pathOf } from '../../arm/place.ts';
import { parentNotFound } from '../../arm/errors.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { identifyItems } from './items.ts';

/**
 * Operations on single items of a list that lives in its parent's properties, such as the routes of
 * a route table: what is written here is seen in the parent, and the other way round.
 */
export function inlineOperations(parentType: string, list: string): Operation[] {
  const [namespace = '', segment = ''] = parentType.split('/');
  const group = '/subscriptions/{subscription}/resourceGroups/{group}';
  const all = `${group}/providers/${namespace}/${segment}/{parent}/${list}`;
  const one = `${all}/{name}`;
  const right = `${parentType}/${list}`;
  const simplified = 'ends at once';
  return [
    armOperation({
      route: `GET ${all}`,
      needs: `${right}/read`,
      answer: (call, world) => ({
        status: 200,
        body: { value: itemsOf(parentOfItem(call, world, right, 1), list) },
      }),
    }),
    armOperation({
      route: `GET ${one}`,
      needs: `${right}/read`,
      answer: (call, world) => get(call, world, right, list),
    }),
    armOperation({
      route: `PUT ${one}`,
      needs: `${right}/write`,
      simplified,
      answer: (call, world) => put(call, world, right, list),
    }),
    armOperation({
      route: `DELETE ${one}`,
      needs: `${right}/delete`,
      simplified,
      answer: (call, world) => remove(call, world, right, list),
    }),
  ];
}

function get(call: Call, world: World, right: string, list: string): Answer {
  const found = named(parentOfItem(call, world, right, 2), list, call);
  if (found === undefined) throw missing(pathOf(call));
  return { status: 200, body: found };
}

function put(call: Call, world: World, right: string, list: string): Answer {
  const parent = parentOfItem(call, world, right, 2);
  const before = named(parent, list, call);
  const item = {
    name: call.params['name'],
    properties: asObject(asObject(call.body)['properties']),
  };
  const others = itemsOf(parent, list).filter((other) => other !== before);
  parent.properties[list] = [...others, item];
  identifyItems(parent, list);
  return { status: before === undefined ? 201 : 200, body: named(parent, list, call) };
}

function remove(call: Call, world: World, right: string, list: string): Answer {
  const parent = parentOfItem(call, world, right, 2);
  const found = named(parent, list, call);
  if (found === undefined) return { status: 204 };
  parent.properties[list] = itemsOf(parent, list).filter((other) => other !== found);
  return { status: 200 };
}

function itemsOf(parent: StoredResource, list: string): Json[] {
  return asObjects(parent.properties[list]);
}

function named(parent: StoredResource, list: string, call: Call): Json | undefined {
  const name = call.params['name'] ?? '';
  return itemsOf(parent, list).find((item) => sameId(String(item['name']), name));
}

function parentOfItem(call: Call, world: World, child: string, levels: 1 | 2): StoredResource {
  groupOf(world, call.path);
  const parent = world.resources.get(pathOf(call).split('/').slice(0, -levels).join('/'));
  if (parent === undefined) throw parentNotFound(child);
  return parent;
}
