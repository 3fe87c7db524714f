import { badRequest } from '../../arm/errors.ts';
import { begin, pollHeaders } from '../../arm/long-running.ts';
import { armOperation } from '../../arm/operation.ts';
import { missing, pathOf } from '../../arm/place.ts';
import { pollPlace } from '../../arm/write.ts';
import { text, texts } from '../../inside/json-fields.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { runtimeOf } from '../machine-learning/job-runtime.ts';
import { dataPlane } from './data-plane.ts';
import { registryType } from './images.ts';

const registry = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${registryType}/{registry}`;

/** Seconds that Azure takes to import an image of 5 GB. */
const usualSeconds = 240;

function registryOf(call: Call, world: World): StoredResource {
  const id = pathOf(call).replace(/\/importImage$/i, '');
  const found = world.resources.get(id);
  if (found === undefined) throw missing(id);
  return found;
}

/** The names an import makes: its tags, and the digest where the source is named by one. */
function importedNames(body: unknown): readonly string[] {
  const source = text(body, 'source', 'sourceImage') ?? '';
  const targets = texts(body, 'targetTags');
  const repositories = targets.map((target) => target.split(':')[0] ?? target);
  const digest = source.split('@')[1];
  const own = source.includes('/') ? source.slice(source.lastIndexOf('/') + 1) : source;
  const places = repositories.length > 0 ? repositories : [own.split(/[:@]/)[0] ?? own];
  const byDigest = digest === undefined ? [] : places.map((place) => `${place}@${digest}`);
  return [...(targets.length > 0 ? targets : [own]), ...byDigest];
}

function importImage(call: Call, world: World): Answer {
  const found = registryOf(call, world);
  const host = text(call.body, 'source', 'registryUri') ?? text(call.body, 'source', 'resourceId');
  if (host === undefined || text(call.body, 'source', 'sourceImage') === undefined) {
    throw badRequest(
      'InvalidParameter',
      'The source needs registryUri or resourceId, and sourceImage.',
    );
  }
  const names = importedNames(call.body);
  const work = begin(world, usualSeconds, () => {
    const now = world.resources.get(found.id);
    if (now === undefined) return undefined;
    const images = [...new Set([...texts(now.hidden, 'images'), ...names])];
    now.hidden = { ...now.hidden, images };
    return undefined;
  });
  // A prepared runtime stands for the image: then nothing is played.
  if (runtimeOf(world) === undefined) world.events.emit('played', 'image import');
  const headers = pollHeaders(world, work, pollPlace(call, found, world), ['Location']);
  return { status: 202, headers };
}

/** Import of images into a registry, which needs no door of it to be open; and those doors. */
export const operations: readonly Operation[] = [
  armOperation({
    route: `POST ${registry}/importImage`,
    needs: `${registryType}/importImage/action`,
    simplified: 'nothing is fetched: the names are noted, and the stage counts as played',
    answer: importImage,
  }),
  ...dataPlane,
];
