import { isTaken } from '../../arm/global-names.ts';
import { textAt } from '../../arm/json.ts';
import { armOperation } from '../../arm/operation.ts';
import { missing, pathOf } from '../../arm/place.ts';
import { resourceOperations } from '../../arm/resource-operations.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { accountKeys } from '../blob/account.ts';
import { skuOperations } from './skus.ts';
import { ACCOUNTS, NAME_PATTERN, storageTypes } from './types.ts';

const ACCOUNT =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{account}';

/** Microsoft.Storage: accounts and what of them ARM manages. */
export const operations: readonly Operation[] = [
  ...resourceOperations(storageTypes),
  ...skuOperations,
  armOperation({
    route: `POST ${ACCOUNT}/listKeys`,
    needs: `${ACCOUNTS}/listKeys/action`,
    simplified: 'no Kerberos keys',
    answer: listKeys,
  }),
  armOperation({
    route: 'POST /subscriptions/{subscription}/providers/Microsoft.Storage/checkNameAvailability',
    needs: 'Microsoft.Storage/checknameavailability/read',
    answer: checkName,
  }),
];

function listKeys(call: Call, world: World): Answer {
  const id = pathOf(call).replace(/\/listKeys$/i, '');
  const account = world.resources.get(id);
  if (account === undefined) throw missing(id);
  const keys = accountKeys(account).map((value, index) => ({
    keyName: `key${index + 1}`,
    value,
    permissions: 'FULL',
    creationTime: account.properties['creationTime'],
  }));
  return { status: 200, body: { keys } };
}

function checkName(call: Call, world: World): Answer {
  const name = textAt(call.body, 'name');
  if (!NAME_PATTERN.test(name)) {
    const message = `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.`;
    return { status: 200, body: { nameAvailable: false, reason: 'AccountNameInvalid', message } };
  }
  if (isTaken(world, ACCOUNTS, name)) {
    const message = `The storage account named ${name} is already taken.`;
    return { status: 200, body: { nameAvailable: false, reason: 'AlreadyExists', message } };
  }
  return { status: 200, body: { nameAvailable: true } };
}
