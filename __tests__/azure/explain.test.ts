import { describe, expect, it } from '@jest/globals';
import { errorIn, explain, innermost } from '../../src/azure/explain.ts';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, text, bytes: Buffer.from(text) };
};

describe('an error of Azure', () => {
  it.each([
    ['AuthorizationFailed', 'no right', /role/],
    ['SubscriptionNotFound', 'none', /subscription-id/],
    ['MissingSubscriptionRegistration', 'namespace', /az provider register/],
    ['QuotaExceeded', 'cores', /quota/],
    ['OperationNotAllowed', 'exceeding approved Total Regional Cores quota', /quota/],
    ['SkuNotAvailable', 'x', /size/],
    ['AllocationFailed', 'x', /Run again later/],
    ['SubnetIsFull', 'x', /larger range/],
    ['StorageAccountAlreadyTaken', 'x', /another name/],
    ['NameNotAvailable', 'x', /another name/],
    ['ResourceGroupBeingDeleted', 'x', /being deleted/],
    ['DeploymentActive', 'x', /still running/],
    ['RequestDisallowedByPolicy', 'x', /policy/],
    ['ScopeLocked', 'x', /lock/],
    ['VaultAlreadyExists', 'x', /recover or purge/],
    ['FlagMustBeSetForRestore', 'x', /purge/],
    ['Conflict', 'The workspace is soft-deleted', /purge/],
    ['InvalidResourceGroupLocation', 'x', /region/],
    ['TooManyRequests', 'x', /limit/],
    ['ReadOnlyDisabledSubscription', 'x', /disabled/],
  ])('has a next step for %s', (code, message, next) => {
    const problem = explain('Creating x', answer(409, { error: { code, message } }));
    expect(problem.next).toMatch(next);
    expect(problem.message).toContain(`Creating x: ${code}: ${message}`);
  });

  it('is shown whole where its code is not known', () => {
    const problem = explain(
      'Creating x',
      answer(400, { error: { code: 'Odd', message: 'because' } }),
    );
    expect(problem.message).toContain('Odd: because');
    expect(problem.next).toMatch(/learn\.microsoft\.com/);
  });

  it('keeps the correlation id', () => {
    const headers = { 'x-ms-correlation-request-id': 'abc-1' };
    expect(
      explain('x', answer(400, { error: { code: 'A', message: 'b' } }, headers)).message,
    ).toContain('Correlation id: abc-1');
  });

  it('may have no body', () => {
    expect(explain('x', answer(503, '')).message).toContain('HTTP 503: no body');
  });

  it('is read from the XML of Azure Storage', () => {
    const xml =
      '<?xml version="1.0"?><Error><Code>AuthorizationPermissionMismatch</Code><Message>Not allowed.\nRequestId:1</Message></Error>';
    expect(errorIn(xml)).toEqual({
      code: 'AuthorizationPermissionMismatch',
      message: 'Not allowed.',
    });
  });

  it('is found inside details, inner errors and JSON in messages', () => {
    const text = JSON.stringify({ error: { code: 'SubnetIsFull', message: 'no address left' } });
    const details = [{ code: 'Conflict', message: text }];
    const nested = { error: { code: 'DeploymentFailed', message: 'x', details } };
    expect(innermost(nested)).toEqual({ code: 'SubnetIsFull', message: 'no address left' });
    const inner = { code: 'BadRequest', message: 'x', innererror: { code: 'Deep', message: 'y' } };
    expect(innermost(inner)).toEqual({ code: 'Deep', message: 'y' });
  });

  it('stays itself where its details only say more', () => {
    const error = {
      code: 'QuotaExceeded',
      message: 'm',
      details: [{ code: 'Info', message: 'd' }],
    };
    expect(innermost({ error })).toEqual({ code: 'QuotaExceeded', message: 'm' });
  });

  it('may be anything at all without harm', () => {
    for (const odd of [undefined, null, 3, 'text', [], {}, { error: null }, { code: 7 }]) {
      expect(innermost(odd)).toBeUndefined();
    }
    const endless: Record<string, unknown> = { code: 'Conflict', message: 'm' };
    endless['innererror'] = endless;
    expect(innermost(endless)?.code).toBe('Conflict');
  });
});
