import {
  accessAgentType,
  hasSetPassword,
  isAccessAgent,
  readExtension,
} from '../azure/access-extension.ts';
import { apis } from '../azure/api-versions.ts';
import type { Arm, Resource } from '../azure/arm.ts';
import { farewellArm } from '../azure/farewell.ts';
import { Cancelled, Problem, messageOf } from '../errors.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { groupOf } from '../terraform/resource-ids.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { freshPassword } from './password.ts';
import { whileRunning } from './power.ts';

/** The name under which the portal and the Azure CLI reset a password; a machine takes the extension once. */
const extensionName = 'enablevmaccess';

/** Of 'VMAccessAgent' only 2.4 and later can be had ("No version found", Azure's answer to 2.0). */
const accessAgent = {
  publisher: 'Microsoft.Compute',
  type: accessAgentType,
  typeHandlerVersion: '2.4',
  autoUpgradeMinorVersion: true,
} as const;

/** Where the jumpbox is. */
type Where = Pick<Outputs, 'subscriptionId' | 'resourceGroup' | 'jumpboxName' | 'location'>;

/** The name that `terraform/jumpbox.tf` gives it. */
export const jumpboxNameOf = (environment: string): string => `${environment}-jumpbox`;

/**
 * The same after an apply that failed, which may have made the machine and leaves no outputs. What
 * goes wrong here is only told: the failure of the apply is what the run ends with.
 */
export async function closeAfterFailure(
  where: Where,
  session: Session,
  tools: Toolbox,
): Promise<void> {
  try {
    if ((await session.arm.get(pathOf(where), apis.compute)) === undefined) return;
    await closeJumpbox(where, session, tools);
  } catch (error) {
    tools.log.warn(messageOf(error));
  }
}

/**
 * Sees to it that the password the jumpbox was created with opens nothing any more: it is in the
 * Terraform state. Where nobody has set another one since, one that is forgotten at once is set by
 * the extension that the portal's "Reset password" uses, too. Says whether it had to.
 */
export async function closeJumpbox(
  outputs: Where,
  session: Session,
  tools: Toolbox,
): Promise<{ readonly changed: boolean }> {
  const path = pathOf(outputs);
  const machine = await session.arm.get<Machine>(path, apis.compute);
  if (machine === undefined) {
    tools.log.warn('There is no jumpbox any more; the stage network makes it anew.');
    return { changed: false };
  }
  const user = machine.properties?.osProfile?.adminUsername ?? '';
  const listed = await session.arm.list(`${path}/extensions`, apis.compute);
  const extensions = listed.map(readExtension);
  if (extensions.some((extension) => hasSetPassword(extension, user))) return { changed: false };
  const named = extensions.find(isAccessAgent)?.name ?? extensionName;
  const work = async (): Promise<void> =>
    forgetPassword(
      `${path}/extensions/${named}`,
      { user, location: outputs.location },
      session.arm,
      tools,
    );
  try {
    await whileRunning(path, session.arm, () => farewellArm(session, tools), tools.log, work);
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    throw stillOpen(error);
  }
  tools.log.info(`The password that ${outputs.jumpboxName} was created with is void.`);
  return { changed: true };
}

function pathOf(where: Where): string {
  return `${groupOf(where)}/providers/Microsoft.Compute/virtualMachines/${where.jumpboxName}`;
}

/** The body of `az vm user update`: the user is public, the password travels and stays encrypted. */
async function forgetPassword(
  path: string,
  { user, location }: { readonly user: string; readonly location: string },
  arm: Arm,
  tools: Toolbox,
): Promise<void> {
  const properties = {
    ...accessAgent,
    settings: { UserName: user },
    protectedSettings: { Password: freshPassword(tools).reveal() },
  };
  const wait = { what: "the jumpbox's password to be changed", deadlineSeconds: 1200 };
  await arm.put(path, apis.compute, { location, properties }, wait);
}

function stillOpen(cause: unknown): Problem {
  const why = messageOf(cause).split('\nNext: ')[0] ?? '';
  return new Problem(
    `The password that the jumpbox was created with could not be made void: ${why}`,
    'run deploy again, with any stages. Until then whoever reads the Terraform state knows a password of that machine; it can still be reached only through Azure Bastion. With jumpbox = false there is none.',
    { cause, anchor: 'jumpbox' },
  );
}

type Machine = Omit<Resource, 'properties'> & {
  readonly properties?: { readonly osProfile?: { readonly adminUsername?: string } };
};
