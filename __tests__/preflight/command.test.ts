import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { preflight } from '../../src/commands/preflight.ts';
import type { Settings } from '../../src/inputs/schema.ts';
import { checks } from '../../src/preflight/index.ts';
import { goToLocalAzure } from '../support/azure-place.ts';
import type { Place } from '../support/azure-place.ts';
import type { TestTools } from '../support/azure-tools.ts';
import { settings as settingsOf } from '../support/settings.ts';
import { root } from '../support/site.ts';
import { stepTools } from '../support/step-tools.ts';

let place: Place;
let folder: string;

beforeAll(async () => {
  place = await goToLocalAzure();
  folder = await mkdtemp(join(tmpdir(), 'preflight-'));
});

afterAll(async () => {
  await place.leave();
  await rm(folder, { recursive: true, force: true });
});

function settings(more: Partial<Settings> = {}): Settings {
  return settingsOf({ ...place.ids, environment: 'demo', ...more });
}

function tools(): Promise<TestTools> {
  return stepTools(folder, root, place.tools());
}

async function variables(text: string): Promise<string> {
  const file = join(folder, 'demo.tfvars');
  await writeFile(file, text);
  return file;
}

describe('the command preflight', () => {
  it('leaves a table where all is well', async () => {
    const { summary } = await preflight(settings(), await tools());
    expect(summary).toMatch(/^## Preflight of demo/);
    expect(summary.match(/\| ok \|/g)).toHaveLength(checks.length + 1);
    for (const size of ['Standard_D4s_v3', 'Standard_B2als_v2', 'Standard_D2as_v5', 'P0v3']) {
      expect(summary.replaceAll('\\_', '_')).toContain(size);
    }
    expect(summary.length).toBeLessThan(4_000);
  });

  it("asks about the sizes of the user's file, and leaves its secrets where they are", async () => {
    const variablesFile = await variables(
      'probe_vm_size = "Standard_D2s_v5"\njumpbox_vm_size = "Standard_X9"\njumpbox_password = "Correct-Horse-42"\n',
    );
    const step = await tools();
    const problem = String(
      await preflight(settings({ variablesFile }), step).catch((e: unknown) => e),
    );
    expect(problem).toMatch(/One check of the preflight failed; nothing was created/);
    expect(problem).toMatch(
      /machine sizes: In westeurope, Standard_X9 \(jumpbox\) is not offered\.\n/,
    );
    expect([problem, ...step.log.lines, ...step.summaries].join()).not.toContain('Horse');
    for (const name of await readdir(folder, { recursive: true })) {
      expect(name).not.toMatch(/tfplan/);
    }
  });

  it('fails with one Problem that names every cause and fix, and leaves the table too', async () => {
    const { world } = place.azure;
    world.data.set('missingFeatures', new Set(['microsoft.compute/encryptionathost']));
    world.data.set('restrictedSizes', new Set(['westeurope/standard_b2als_v2']));
    const step = await tools();
    const problem = String(await preflight(settings(), step).catch((error: unknown) => error));
    world.data.delete('missingFeatures');
    world.data.delete('restrictedSizes');
    expect(problem).toMatch(/2 checks of the preflight failed; nothing was created/);
    expect(problem).toMatch(/encryption at host: .*Next: .*az feature register/s);
    expect(problem).toMatch(/machine sizes: .*machine sizes: choose other sizes/s);
    expect(step.summaries.join()).toMatch(/\| encryption at host \| FAILED \|/);
  });

  it('refuses a wrong variables file before anybody logs in', async () => {
    const before = place.azure.journal.entries.length;
    const variablesFile = await variables('probe_size = "Standard_D2s_v5"\n');
    await expect(preflight(settings({ variablesFile }), await tools())).rejects.toThrow(
      /"probe_size" \(did you mean probe_vm_size\?\)/,
    );
    expect(place.azure.journal.entries.length).toBe(before);
  });

  it('has one row where the login fails', async () => {
    place.azure.world.data.set('subscriptionState', 'Warned');
    const step = await tools();
    await expect(preflight(settings(), step)).rejects.toThrow(/its state is Warned/);
    place.azure.world.data.delete('subscriptionState');
    expect(step.summaries.join()).toMatch(/\| login \| FAILED \|/);
    expect(step.summaries.join()).not.toContain('machine sizes');
  });
});
