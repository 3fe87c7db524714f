import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { TemplateFile } from '../../src/azure/template.ts';
import { readShipped, setIn, shippedTemplates } from '../../src/azure/template.ts';
import { watched } from '../../src/images/check.ts';
import { datastoreParameters } from '../../src/images/datastore.ts';
import { placeOf } from '../../src/images/place.ts';
import { imagesParameters } from '../../src/images/plan.ts';
import { outputs, settings } from '../support/settings.ts';
import { root } from '../support/site.ts';
import { workshop } from '../support/workshop.ts';

const place = placeOf(outputs(), settings());
const { files } = workshop().tools;

describe('the templates of the images', () => {
  it.each<readonly [TemplateFile, object]>([
    ['images.json', imagesParameters(place, outputs())],
    ['images-datastore.json', datastoreParameters({ place, account: undefined }, outputs())],
  ])(
    '%s gets each parameter that has no default, and none it does not know',
    async (name, given) => {
      const { parameters } = await readShipped(name, files);
      const known = Object.keys(parameters);
      const needed = known.filter((key) => parameters[key]?.defaultValue === undefined);
      expect(known).toEqual(expect.arrayContaining(Object.keys(given)));
      expect(Object.keys(given)).toEqual(expect.arrayContaining(needed));
    },
  );

  it.each(Object.entries(watched))(
    'say what each watched attribute of %s has to be',
    async (type, paths) => {
      const template = await readShipped('images.json', files);
      const given = imagesParameters(place, outputs());
      const values = paths.map((path) =>
        setIn(template, (one) => one.type === type, path.split('.'), given),
      );
      expect(values).not.toContain(undefined);
    },
  );

  it('are shipped with the others, and all are part of what a plan’s fingerprint covers', () => {
    const names = readdirSync(join(root, 'arm')).filter((name) => name.endsWith('.json'));
    expect(names.toSorted()).toEqual([...shippedTemplates].toSorted());
  });

  it('are watched, every resource of theirs', async () => {
    const { resources } = await readShipped('images.json', files);
    expect(resources.map(({ type }) => type).toSorted()).toEqual(Object.keys(watched).toSorted());
  });

  it('delete images after a day, and give out no key', async () => {
    const texts = await Promise.all(
      (['images.json', 'images-datastore.json'] as const).map((name) => readShipped(name, files)),
    );
    const [images, datastore] = texts;
    expect(images?.parameters['deleteAfterDays']?.defaultValue).toBe(1);
    expect(JSON.stringify(images)).not.toMatch(/list\w*\(/i);
    const { outputs: given, ...rest } = datastore as unknown as Record<string, unknown>;
    expect(JSON.stringify(rest)).toContain('listKeys(');
    expect(JSON.stringify(given)).not.toMatch(/list\w*\(|reference\(/i);
  });
});
