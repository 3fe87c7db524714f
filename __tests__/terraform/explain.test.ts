import { describe, expect, it } from '@jest/globals';
import { messageOf } from '../../src/errors.ts';
import { explainTerraform } from '../../src/terraform/explain.ts';

const told = (summary: string): string =>
  messageOf(explainTerraform('Applying', [{ severity: 'error', summary }]));

describe('the remedy for a lock that Terraform did not get', () => {
  it('is to wait where another holds it', () => {
    expect(told('Error acquiring the state lock: state blob is already locked')).toContain(
      'Next: wait until the run that holds the lock has ended',
    );
  });

  it('is to look again where the answer was lost', () => {
    expect(
      told(
        'Error loading state: failed to lock azure state: executing request: Put "https://x.blob.core.windows.net/tfstate/demo.tfstate?comp=lease": HTTP response was nil; connection may have been reset\nblob metadata "terraformlockid" was empty',
      ),
    ).toContain('nobody can tell whether the state is locked now. Run again');
  });

  it('is a role where there is none', () => {
    expect(told('Error acquiring the state lock: AuthorizationPermissionMismatch')).toContain(
      'Storage Blob Data Contributor',
    );
  });
});
