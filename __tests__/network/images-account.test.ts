import { describe, expect, it } from '@jest/globals';
import { namesOf } from '../../src/names.ts';
import { armEvidence } from '../../src/network/arm-evidence.ts';
import { readDeployed } from '../../src/network/arm/read-deployed.ts';
import { breaksProof } from '../../src/network/evidence.ts';
import { residualOf } from '../../src/network/residual.ts';
import type { Residual } from '../../src/network/residual.ts';
import { armWith, assignment, closedEnvironment, environment } from './closed-environment.ts';
import type { Answers } from './closed-environment.ts';

const accounts = 'Microsoft.Storage/storageAccounts/';
const endpoints = 'Microsoft.Network/privateEndpoints/';
const cards = 'Microsoft.Network/networkInterfaces/';
const names = 'Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net/A/';

/** Adds to a list of ARM what is already there for the workspace's account, under the images' names. */
function addTwin(answers: Answers, path: string, of: string): void {
  const list = answers[path] as unknown as { readonly name?: string }[];
  const found = list.find(({ name }) => name === of);
  const twin = JSON.stringify(found)
    .replaceAll('labstabc123', 'labimabc123')
    .replaceAll('lab-blob-pe', 'lab-images-pe')
    .replaceAll('10.1.0.6', '10.1.0.20');
  list.push(JSON.parse(twin) as object);
}

interface Seen {
  readonly holes: readonly string[];
  readonly closed: readonly string[];
  readonly residual: readonly Residual[];
}

async function seen(change: (answers: Answers) => void): Promise<Seen> {
  const answers = closedEnvironment();
  change(answers);
  const outputs = environment();
  const deployed = await readDeployed(outputs, armWith(answers));
  const evidence = armEvidence(outputs, deployed);
  const lines = (all: typeof evidence): string[] =>
    all.map(({ check, subject }) => `${check}: ${subject}`);
  return {
    holes: lines(evidence.filter(breaksProof)),
    closed: lines(evidence.filter(({ result }) => result === 'closed')),
    residual: residualOf(outputs, deployed),
  };
}

const whole = (answers: Answers): void => {
  addTwin(answers, accounts, 'labstabc123');
  addTwin(answers, endpoints, 'lab-blob-pe');
  addTwin(answers, cards, 'lab-blob-pe-nic');
  addTwin(answers, names, 'labstabc123');
};

describe("the images' account in the proof", () => {
  it('is not asked for before the stage that makes it', async () => {
    const { holes, closed } = await seen(() => undefined);
    expect(holes).toEqual([]);
    expect(closed.join()).not.toContain('labimabc123');
  });

  it('is closed with its own endpoint and name', async () => {
    const { holes, closed } = await seen(whole);
    expect(holes).toEqual([]);
    expect(closed).toEqual(
      expect.arrayContaining([
        'endpoint-approved: storage account labimabc123, blob',
        'private-name: labimabc123.privatelink.blob.core.windows.net',
      ]),
    );
  });

  it('is a hole without them', async () => {
    const { holes } = await seen((answers) => addTwin(answers, accounts, 'labstabc123'));
    expect(holes).toEqual([
      'endpoint-approved: storage account labimabc123, blob',
      'private-name: labimabc123.privatelink.blob.core.windows.net',
    ]);
  });

  it('is the only one besides the workspace’s whose keys may be on', async () => {
    const stranger = (answers: Answers): void => {
      const list = answers[accounts] as unknown as object[];
      addTwin(answers, accounts, 'labstabc123');
      list.push(JSON.parse(JSON.stringify(list.pop()).replaceAll('labim', 'other')) as object);
    };
    const { holes, residual } = await seen(stranger);
    expect(holes).toContain('shared-keys-as-configured: storage account otherabc123');
    expect(residual.map(({ name }) => name)).not.toContain('Account keys, images');
    const { closed } = await seen(whole);
    expect(closed).toContain('shared-keys-as-configured: storage account labimabc123');
  });

  it('is knocked at and looked at by its name as soon as ARM has it', async () => {
    const named = async (change: (answers: Answers) => void): Promise<string | undefined> => {
      const answers = closedEnvironment();
      change(answers);
      return (await readDeployed(environment(), armWith(answers))).imagesAccount;
    };
    expect(await named(() => undefined)).toBeUndefined();
    expect(await named(whole)).toBe('labimabc123');
  });

  it('has the name that a deploy gives it', () => {
    const { storageAccount, imagesAccount } = namesOf('lab', environment().subscriptionId);
    expect(storageAccount.replace(/st(\w{6})$/, 'im$1')).toBe(imagesAccount);
  });

  it('stays open by its keys, for a reason of its own, and to whom', async () => {
    const { residual } = await seen((answers) => {
      whole(answers);
      const list = answers['Microsoft.Authorization/roleAssignments/'] as unknown as object[];
      list.push(
        assignment(
          'somebody',
          'reads-secrets',
          'Microsoft.MachineLearningServices/workspaces/lab-ml',
        ),
      );
      const role = `Microsoft.Authorization/roleDefinitions/reads-secrets`;
      answers[role] = {
        properties: {
          roleName: 'Made',
          permissions: [
            { actions: ['Microsoft.MachineLearningServices/workspaces/datastores/*/action'] },
          ],
        },
      };
    });
    const [workspaces, images] = ['Account keys', 'Account keys, images'].map((wanted) =>
      residual.find(({ name }) => name === wanted),
    );
    expect(workspaces?.open).toContain('The keys of labstabc123 open');
    expect(workspaces?.open).not.toContain('labimabc123');
    expect(workspaces?.narrowed).toContain('workspace_storage_auth');
    expect(images?.open).toContain('The keys of labimabc123 open');
    expect(images?.open).toContain('SDK v1');
    expect(images?.open).toContain('User somebody (Made)');
    expect(images?.narrowed).toContain('Nothing switches them off');
  });
});
