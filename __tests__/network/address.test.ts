import { describe, expect, it } from '@jest/globals';
import { inRanges } from '../../src/network/address.ts';

describe('an address', () => {
  it.each([
    ['10.1.0.7', true],
    ['10.1.255.255', true],
    ['10.2.0.0', false],
    ['', false],
    ['10.1', false],
    ['10.1.0.700', false],
  ])('%s is in 10.1.0.0/16: %s', (address, inside) => {
    expect(inRanges(address, ['192.168.0.0/24', '10.1.0.0/16'])).toBe(inside);
  });
});
