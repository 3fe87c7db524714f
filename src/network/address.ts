/** Whether an IPv4 address lies in one of these ranges (CIDR notation). */
export function inRanges(address: string, ranges: readonly string[]): boolean {
  const value = numberOf(address);
  return (
    value !== undefined &&
    ranges.some((range) => {
      const [base = '', length = '32'] = range.split('/');
      const start = numberOf(base);
      const size = 2 ** (32 - Number(length));
      return start !== undefined && Math.floor(value / size) === Math.floor(start / size);
    })
  );
}

function numberOf(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  const right = parts.length === 4 && parts.every((part) => part >= 0 && part <= 255);
  return right ? parts.reduce((sum, part) => sum * 256 + part, 0) : undefined;
}
