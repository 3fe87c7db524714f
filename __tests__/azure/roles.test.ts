import { describe, expect, it } from '@jest/globals';
import type { Arm } from '../../src/azure/arm.ts';
import { AzureProblem } from '../../src/azure/explain.ts';
import { assignRole, builtInRoles, isAtOrAbove, uuid5 } from '../../src/azure/roles.ts';
import { azureTools, fastClock } from '../support/azure-tools.ts';

const wanted = {
  scope: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a',
  principalId: 'p',
  principalType: 'ServicePrincipal',
  roleId: builtInRoles.storageBlobDataContributor,
} as const;

/** An Arm whose puts end with these errors, one after the other, and then succeed. */
function armThat(...codes: readonly string[]): { arm: Arm; paths: string[]; bodies: unknown[] } {
  const left = [...codes];
  const paths: string[] = [];
  const bodies: unknown[] = [];
  const put = (path: string, _version: string, body: unknown): Promise<unknown> => {
    paths.push(path);
    bodies.push(body);
    const code = left.shift();
    if (code === undefined) return Promise.resolve({});
    return Promise.reject(new AzureProblem('Assigning', { code, message: 'm' }, 400));
  };
  return { arm: { put } as unknown as Arm, paths, bodies };
}

describe('a role assignment', () => {
  it('has the same name in every run, and another for another principal', async () => {
    const { arm, paths } = armThat();
    const tools = azureTools({ clock: fastClock() });
    await assignRole(arm, wanted, tools);
    await assignRole(
      arm,
      { ...wanted, scope: wanted.scope.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions') },
      tools,
    );
    await assignRole(arm, { ...wanted, principalId: 'q' }, tools);
    const names = paths.map((path) => path.split('/').at(-1));
    expect(names[0]).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(names[1]).toBe(names[0]);
    expect(names[2]).not.toBe(names[0]);
  });

  it('names role, principal and its type', async () => {
    const { arm, bodies } = armThat();
    await assignRole(arm, wanted, azureTools({ clock: fastClock() }));
    expect(bodies[0]).toEqual({
      properties: {
        roleDefinitionId: `/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/${wanted.roleId}`,
        principalId: 'p',
        principalType: 'ServicePrincipal',
      },
    });
  });

  it('is content with one that exists', async () => {
    const { arm, paths } = armThat('RoleAssignmentExists');
    await assignRole(arm, wanted, azureTools({ clock: fastClock() }));
    expect(paths).toHaveLength(1);
  });

  it('waits until Entra knows a new principal', async () => {
    const { arm, paths } = armThat('PrincipalNotFound', 'PrincipalNotFound');
    await assignRole(arm, wanted, azureTools({ clock: fastClock() }));
    expect(paths).toHaveLength(3);
  });

  it('does not wait for a right that is missing', async () => {
    const { arm, paths } = armThat('AuthorizationFailed');
    await expect(assignRole(arm, wanted, azureTools({ clock: fastClock() }))).rejects.toThrow(
      'AuthorizationFailed',
    );
    expect(paths).toHaveLength(1);
  });
});

describe('a name-based UUID', () => {
  it('is that of RFC 9562, appendix A.4', () => {
    expect(uuid5('www.example.com', '6ba7b810-9dad-11d1-80b4-00c04fd430c8')).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
  });
});

describe('a scope', () => {
  const target = '/subscriptions/s/resourceGroups/group/providers/Microsoft.KeyVault/vaults/v';

  it.each([
    [target.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions')],
    ['/subscriptions/s/resourceGroups/group'],
    ['/subscriptions/s/'],
    ['/providers/Microsoft.Management/managementGroups/institute'],
    ['/'],
  ])('%s gives rights at what lies below it', (scope) => {
    expect(isAtOrAbove(scope, target)).toBe(true);
  });

  it.each([
    [`${target}/secrets/one`],
    ['/subscriptions/s/resourceGroups/grou'],
    ['/subscriptions/other'],
    [undefined],
  ])('%s gives none', (scope) => {
    expect(isAtOrAbove(scope, target)).toBe(false);
  });
});
