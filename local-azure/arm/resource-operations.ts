import type { Call, Operation } from '../operation.ts';
import { armOperation } from './operation.ts';
import { collectionRoutes, pathOf, resourceRoutes, subscriptionRoute } from './place.ts';
import { read, readCollection } from './read.ts';
import { remove } from './remove.ts';
import { register } from './resource-type.ts';
import type { ResourceType, Verb } from './resource-type.ts';
import { patch, put } from './write.ts';

const EVERY_VERB: readonly Verb[] = ['get', 'list', 'put', 'patch', 'delete'];

/** All operations of some types: a further type is one more row in their table. */
export function resourceOperations(types: readonly ResourceType[]): Operation[] {
  return types.flatMap(operationsOf);
}

function operationsOf(type: ResourceType): Operation[] {
  register(type);
  const verbs = type.verbs ?? EVERY_VERB;
  const single = resourceRoutes(type).flatMap((route) => singleOperations(type, route, verbs));
  return verbs.includes('list') ? [...single, ...listOperations(type)] : single;
}

function singleOperations(type: ResourceType, route: string, verbs: readonly Verb[]): Operation[] {
  const common = type.simplified === undefined ? {} : { simplified: type.simplified };
  const answers: Record<Exclude<Verb, 'list'>, [string, string, ReturnType<typeof answering>]> = {
    get: ['GET', 'read', (call, world) => read(world, pathOf(call))],
    put: ['PUT', 'write', answering(put, type)],
    patch: ['PATCH', 'write', answering(patch, type)],
    delete: ['DELETE', 'delete', answering(remove, type)],
  };
  return Object.entries(answers)
    .filter(([verb]) => verbs.includes(verb as Verb))
    .map(([, [method, right, answer]]) =>
      armOperation({
        ...common,
        route: `${method} ${route}`,
        needs: `${type.type}/${right}`,
        answer,
      }),
    );
}

function listOperations(type: ResourceType): Operation[] {
  const everywhere = subscriptionRoute(type);
  const routes = [...collectionRoutes(type), ...(everywhere === undefined ? [] : [everywhere])];
  return routes.map((route) =>
    armOperation({
      route: `GET ${route}`,
      needs: `${type.type}/read`,
      answer: (call, world) => readCollection(world, pathOf(call), type.type),
    }),
  );
}

type Answering = Parameters<typeof armOperation>[0]['answer'];

function answering(
  verb: (type: ResourceType, call: Call, world: Parameters<Answering>[1]) => ReturnType<Answering>,
  type: ResourceType,
): Answering {
  return (call, world) => verb(type, call, world);
}
