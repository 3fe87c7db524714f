import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Operation } from '../../local-azure/operation.ts';
import { createRouter } from '../../local-azure/router.ts';

function operation(route: string, host = 'management.azure.com'): Operation {
  return { host, route, answer: () => ({ status: 200 }) };
}

function found(routes: readonly string[], method: string, path: string): string | undefined {
  return createRouter(routes.map((route) => operation(route))).find(
    method,
    'management.azure.com',
    path,
  )?.operation.route;
}

const NETWORK = '/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Network/{type}/{name}';

describe('router', () => {
  it('compares paths without case and gives names as the client spelt them', () => {
    const router = createRouter([operation(`GET ${NETWORK}`)]);
    const match = router.find(
      'GET',
      'MANAGEMENT.azure.com',
      '/Subscriptions/AbC/resourcegroups/My-Group/PROVIDERS/microsoft.network/virtualNetworks/VNet',
    );
    expect(match?.params).toEqual({
      s: 'AbC',
      g: 'My-Group',
      type: 'virtualNetworks',
      name: 'VNet',
    });
  });

  it('keeps methods apart', () => {
    expect(found(['GET /a', 'PUT /a'], 'PUT', '/a')).toBe('PUT /a');
    expect(found(['GET /a', 'PUT /a'], 'DELETE', '/a')).toBeUndefined();
  });

  it.each([
    ['a literal before a name', ['GET /x/{a}', 'GET /x/known'], '/x/known', 'GET /x/known'],
    ['a name before the rest', ['GET /x/{a...}', 'GET /x/{a}'], '/x/1', 'GET /x/{a}'],
    [
      'the rest where nothing else fits',
      ['GET /x/{a...}', 'GET /x/{a}'],
      '/x/1/2',
      'GET /x/{a...}',
    ],
    ['the leftmost literal', ['GET /{a}/b', 'GET /a/{b}'], '/a/b', 'GET /a/{b}'],
    ['an exact end before an empty rest', ['GET /x/{a...}', 'GET /x'], '/x', 'GET /x'],
    ['the method by name before any', ['ANY /x', 'GET /x'], '/x', 'GET /x'],
  ])('prefers %s, in whatever order they are given', (_what, routes, path, expected) => {
    expect(found(routes, 'GET', path)).toBe(expected);
    expect(found([...routes].reverse(), 'GET', path)).toBe(expected);
  });

  it('lets one label stand for a star in a host, and an exact host win', () => {
    const router = createRouter([
      operation('GET /', '*.vault.azure.net'),
      operation('POST /', 'known.vault.azure.net'),
    ]);
    expect(router.find('GET', 'mine.vault.azure.net', '/')).toBeDefined();
    expect(router.find('GET', 'a.b.vault.azure.net', '/')).toBeUndefined();
    expect(router.ofHost('known.vault.azure.net').map(({ route }) => route)).toEqual(['POST /']);
  });

  it('lets every star of a host stand for one label', () => {
    const router = createRouter([operation('GET /', '*.workspace.*.api.azureml.ms')]);
    expect(router.find('GET', 'guid.workspace.westeurope.api.azureml.ms', '/')).toBeDefined();
    expect(router.find('GET', 'guid.other.westeurope.api.azureml.ms', '/')).toBeUndefined();
  });

  it('overlooks doubled and trailing slashes', () => {
    expect(found(['GET /a/{b}'], 'GET', '//a//b/')).toBe('GET /a/{b}');
  });

  it('refuses a route that is none', () => {
    expect(() => createRouter([operation('GET')])).toThrow("Not a route: 'GET'");
  });

  it('gives back any name that was percent-encoded into a path', () => {
    const router = createRouter([operation('GET /things/{name}')]);
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (name) => {
        const path = `/things/${encodeURIComponent(name)}`;
        expect(router.find('GET', 'management.azure.com', path)?.params['name']).toBe(name);
      }),
    );
  });

  it('never throws, whatever the path', () => {
    const router = createRouter([operation('GET /a/{b}/{c...}')]);
    fc.assert(
      fc.property(fc.string(), (path) => {
        router.find('GET', 'management.azure.com', path);
      }),
    );
  });
});
