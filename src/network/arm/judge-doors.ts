import type { Outputs } from '../../terraform/outputs.ts';
import type { Evidence } from '../evidence.ts';
import type { Facts } from './facts.ts';
import { isWithin, same } from './fields.ts';
import type { Workspace } from './service-facts.ts';
import { judged, mustBe, row } from './verdict.ts';

/** Doors of single services that public access does not cover. */
export function judgeServiceDoors(facts: Facts): readonly Evidence[] {
  return [
    ...facts.accounts.flatMap(({ name, blobPublicAccess }) =>
      mustBe('blob-public-access-off', `storage account ${name}`, blobPublicAccess, false, [
        'no container may be public',
        'containers may be made public',
      ]),
    ),
    ...facts.accounts.map((account) => sharedKeys(account, facts)),
    ...facts.accounts.flatMap((account) => judgeCopies(account, facts)),
    ...facts.vaults.map(judgeVault),
    ...facts.registries.flatMap(({ name, adminUser, anonymousPull }) => [
      mustBe('registry-admin-off', `registry ${name}`, adminUser, false, [
        'no admin user',
        'the admin user with its passwords is on',
      ]),
      mustBe('anonymous-pull-off', `registry ${name}`, anonymousPull, false, [
        'nobody pulls without signing in',
        'anybody may pull',
      ]),
    ]),
  ];
}

function sharedKeys(
  { id, name, sharedKeys: keys }: Facts['accounts'][number],
  facts: Facts,
): Evidence {
  const check = 'shared-keys-as-configured';
  const subject = `storage account ${name}`;
  const user = facts.workspaces.find(({ storageAccountId }) => same(storageAccountId, id));
  if (keys === false) return row(check, subject, 'closed', 'account keys are off');
  if (keys === undefined) return row(check, subject, 'hole', 'not said, which means keys are on');
  if (user === undefined) {
    return same(name, facts.imagesAccount)
      ? row(check, subject, 'closed', 'keys are on: the inference service can use nothing else')
      : row(check, subject, 'hole', 'keys are on, and nothing of this environment needs them');
  }
  const wrong = same(user.storageAuth, 'identity')
    ? ['keys are on, but the workspace signs in with its identity']
    : [];
  return judged(check, subject, wrong, 'keys are on: the workspace is configured to use them');
}

/** Microsoft Defender's scanner, which Azure adds by itself where an institute has it switched on. */
const scanner = /\/providers\/Microsoft\.Security\/datascanners\//i;

/** Ways of an account's own past its network rules: resources by name, and replication elsewhere. */
function judgeCopies(
  { name, trusted, crossTenant }: Facts['accounts'][number],
  { groupId }: Facts,
): readonly Evidence[] {
  const subject = `storage account ${name}`;
  const strangers = trusted.filter((id) => !isWithin(id, groupId) && !scanner.test(id));
  // the default was true before the end of 2023; what is not said is false in the interface read here
  const wrong = crossTenant === true ? ['containers may be replicated to other tenants'] : [];
  return [
    judged(
      'no-stranger-trusted',
      subject,
      strangers.map((id) => `${id || 'a resource without a name'} passes its network rules`),
      'no resource of another group passes its network rules',
    ),
    judged('no-copy-to-other-tenants', subject, wrong, 'not replicated to other tenants'),
  ];
}

/** Secrets are given to roles alone, and to no service of Azure on its own account. */
function judgeVault({ name, rolesOnly, openFor }: Facts['vaults'][number]): Evidence {
  const wrong = [
    ...(rolesOnly === true ? [] : ['its own list of policies gives access, not roles']),
    ...openFor.map((one) => `gives secrets to ${one} past its network rules`),
  ];
  return judged('vault-by-roles', `vault ${name}`, wrong, 'roles alone give access');
}

/** The registry hands out nothing past its network rules: no builds of its own, no export by ARM. */
export function judgeRegistryDoors({ registries }: Facts): readonly Evidence[] {
  return registries.flatMap(({ name, tasksPass, exports }) => {
    const subject = `registry ${name}`;
    const tasks = tasksPass === true ? ['build tasks pass its network rules'] : [];
    // what is not said is on
    const out = same(exports, 'disabled') ? [] : [`export is ${exports ?? 'not said'}`];
    return [
      judged('registry-tasks-off', subject, tasks, 'build tasks do not pass its network rules'),
      judged('registry-export-off', subject, out, 'images cannot be exported'),
    ];
  });
}

/** Jobs run in this network and in no other one that the workspace was given. */
export function judgeWorkspaces({ workspaces }: Facts, outputs: Outputs): readonly Evidence[] {
  return workspaces.map((one) =>
    judged(
      'workspace-in-this-network',
      `workspace ${one.name}`,
      wrongWith(one, outputs),
      'no network of its own',
    ),
  );
}

function wrongWith({ isolation, serverless }: Workspace, { subnetId }: Outputs): readonly string[] {
  const managed = isolation !== undefined && !same(isolation, 'Disabled');
  const strange = serverless.subnetId !== undefined && !same(serverless.subnetId, subnetId);
  const addressed = serverless.subnetId !== undefined && serverless.publicIp;
  return [
    ...(managed ? [`it has a managed network, ${isolation}, which nobody looked at`] : []),
    ...(strange ? [`jobs without a compute run in ${serverless.subnetId}`] : []),
    ...(addressed ? ['jobs without a compute may have public addresses'] : []),
  ];
}
