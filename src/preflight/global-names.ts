import { apis } from '../azure/api-versions.ts';
import { fine, groupOf, idInGroup, subscriptionOf, wrong } from './check.ts';
import type { Check, Look } from './check.ts';

/** A name that is unique in all of Azure, and how to ask for it. */
interface GlobalName {
  readonly what: string;
  readonly name: string;
  /** Id of the resource where it is ours. */
  readonly id: string;
  readonly api: string;
  readonly ask: string;
  readonly type: string;
}

interface Availability {
  readonly nameAvailable?: boolean;
  readonly message?: string;
}

/** Whether the names that are unique in all of Azure are free, or this environment's own. */
export const globalNamesCheck: Check = {
  name: 'global names',
  async run(look) {
    const wanted = globalNames(look);
    const taken = await Promise.all(wanted.map((name) => takenBy(name, look)));
    const problems = taken.filter((problem) => problem !== undefined);
    if (problems.length === 0) return fine(`${wanted.length} free or ours`);
    return wrong(
      `These names are taken: ${problems.join('; ')}.`,
      'choose another name for the environment. A key vault that was deleted keeps its name for a while; the next row says so where it is of this subscription.',
    );
  },
};

async function takenBy(wanted: GlobalName, look: Look): Promise<string | undefined> {
  const path = `${subscriptionOf(look)}/providers/${wanted.ask}`;
  const body = { name: wanted.name, type: wanted.type };
  const answer = await look.arm.post<Availability>(path, wanted.api, body);
  if (answer.nameAvailable !== false) return undefined;
  if (await look.arm.get(wanted.id, wanted.api)) return undefined;
  return `${wanted.name} (${wanted.what}${answer.message ? `: ${answer.message.trim()}` : ''})`;
}

function globalNames(look: Look): readonly GlobalName[] {
  const { names } = look;
  const storage = {
    api: apis.storage,
    ask: 'Microsoft.Storage/checkNameAvailability',
    type: 'Microsoft.Storage/storageAccounts',
  };
  return [
    {
      ...storage,
      what: 'storage account',
      name: names.storageAccount,
      id: idInGroup(look, storage.type, names.storageAccount),
    },
    {
      ...storage,
      what: 'storage account of the images',
      name: names.imagesAccount,
      id: idInGroup(look, storage.type, names.imagesAccount),
    },
    {
      ...storage,
      what: 'storage account of the state',
      name: names.stateAccount,
      id: `${groupOf(look, 'state')}/providers/${storage.type}/${names.stateAccount}`,
    },
    {
      what: 'container registry',
      name: names.registry,
      id: idInGroup(look, 'Microsoft.ContainerRegistry/registries', names.registry),
      api: apis.registry,
      ask: 'Microsoft.ContainerRegistry/checkNameAvailability',
      type: 'Microsoft.ContainerRegistry/registries',
    },
    {
      what: 'web app',
      name: names.webApp,
      id: idInGroup(look, 'Microsoft.Web/sites', names.webApp),
      api: apis.web,
      ask: 'Microsoft.Web/checknameavailability',
      type: 'Microsoft.Web/sites',
    },
  ];
}
