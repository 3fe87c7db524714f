import { expect, it } from '@jest/globals';
import type { Cancelled } from '../../src/errors.ts';
import { terraform } from '../../src/terraform/cli.ts';
import type { Toolbox } from '../../src/toolbox/index.ts';
import { workshop } from '../support/workshop.ts';

/** What a Terraform command ends with that was told to stop, and did so with this code and error. */
async function endOf(command: string, code: number, summary = ''): Promise<Cancelled> {
  const line = JSON.stringify({ type: 'diagnostic', diagnostic: { severity: 'error', summary } });
  const stream: Toolbox['shell']['stream'] = async (_program, _args, { onLine }) => {
    onLine(line, 'stdout');
    return { code };
  };
  const { tools } = workshop({ cancelled: AbortSignal.abort() });
  const setting = { program: 'terraform', folder: '/', environment: {} };
  const shell = { ...tools.shell, stream };
  return terraform('Applying the plan', [command], setting, { ...tools, shell }).then(
    () => {
      throw new Error('it was cancelled');
    },
    (error: unknown) => error as Cancelled,
  );
}

it.each<[string, number, string, RegExp]>([
  ['apply', 1, 'execution halted', /what it had finished is in the state, and the lock .* is free/],
  ['apply', 137, '', /the lock of the state may be left/],
  ['apply', 1, 'Error releasing the state lock', /the lock of the state may be left/],
  ['apply', 1, 'Failed to save state', /what it did may not be in the state/],
])('says of a cancelled %s that ended with %i "%s" no more than is so', async (...given) => {
  const [command, code, summary, said] = given;
  const { message, isWhole } = await endOf(command, code, summary);
  expect(message).toMatch(/^Cancelled during: Applying the plan\. /);
  expect(message).toMatch(said);
  expect(message).toMatch(/\nNext: run the same command again\./);
  expect(isWhole).toBe(true);
});

it('leaves it to the command what a cancelled plan means', async () => {
  expect((await endOf('plan', 1)).isWhole).toBe(false);
});
