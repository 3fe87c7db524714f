import type { PinnedKey } from './openpgp.ts';

/**
 * The two keys that sign Terraform's releases: HashiCorp's primary key (hashicorp.com/security) and
 * its signing subkey, which in fact makes the signatures. The subkey that expired in 2022 and the
 * one for encryption are left out. No expiry is pinned: HashiCorp renewed it in place in 2026.
 */
export const hashicorpKeys: readonly PinnedKey[] = [
  {
    fingerprint: 'C874011F0AB405110D02105534365D9472D7468F',
    created: 1_618_869_017,
    modulus: [
      'mm2GTlipoGbB03UQ4sjycYW7lIil+uRlFpMkTCSov9Xb4lcTlzxuoQT7RePCBZ1YMSqSG+xujYwaLrAFfgri5b+c',
      'qhSqTmRBgurAVfhsfFbtQiAqZWZvh6UD3CM8AaTfgK+Jf3sQhv3/zGav6MRoB/k8kRd13GA4xvHWyQqRzuZ0OQsv',
      'YUCKd/wYdPZBE+pZPuEJaHzYBylU9nqVfIitXF5W0HtrWbXwlLcZPqcb1NFB16fgAdMXN/4CIY2af3Xj5gjskMhj',
      'yW6eW6TuFHgCen66oXsZjZWsPWfPe5bWZkSxqtaeGkZ1i/BT5Ac/Ugkil0vLjcleaDDVZ+BtaGwpHNdOolrigU4m',
      '332EM6uUxvBWFSSq4UcFgeqYmnBAfIZdtCCFksSDNyfbU+wj0p5OUWGAk0R4AOTjq6mYQuyXn7naz/J/jKcZA4DT',
      'kQ7uxgnwLorK3+3V2Iy7MRuLbttgwSSQtHPyKUaVw5zriTdUOXv91VCilpsqTbprkKT+ZXNWRRuuE0c29R0eqCHR',
      '3261UH3YkF6b3XBcfhZee1rlK2l0Veqn2+GZih19SRMDP+7bttUBOBdXc9I66C0q4nGcX2gkxx1jX7xiaGd9PzGV',
      'K6UgtCHwd4kLrcW2a8CJUwbfnxi7Zt7w7cDBTVjPkW9ZazsREHdnoo3cYbwTh7ZSHLM=',
    ].join(''),
  },
  {
    fingerprint: '374EC75B485913604A831CC7C820C6D5CD27AB87',
    created: 1_619_024_934,
    modulus: [
      '1ukTa2VRjV7x1QakojlmsZdVzohKIhz7edAIo7ducl2xvtJByBUqEftYOi4dtCUwgoYH0JBho80LxLhtR08NO2Ib',
      'Ly3NKZIzTH7uoCahaMf6IHOd5s+vTsV2rs1EP02duxg1aVAbvhIQyrdbNzrQOgY8/3LKKf1Ju4E9Porx8ryf4xnZ',
      'zxGb/LTbkhP1KPoZ/0PYYPEm73mc6NwvlOCnGmwhEhBZfBqumkYvbwH2uuaMQ+YymiM+3MvqcG9JYs6pVux/bUJa',
      '93QX3SHHc4EeeYUxQuf163MCev5x1R/8RrJBGrJ3wkF/EWCjLstFAAycu9k5GW2Ggsfl1yHFQfBkzpiVaAIa00kl',
      'SwGbKXwp48J0sYrA592c7GK6t3FerFPG/kJSF+1QI7qxPuXGYlZWsYAo8oSqpRoJqJ50XljgWnAoC/1L7sDJjKeU',
      '0y5oi1y0+7sXhqIxMqApOLDK6q1NY3rx8hpQyR/U2rsdeRiCw8J2BXwLzxfVgoneFGeDrsI3GsX8rNy8TYmSJVLF',
      'zSsEt5oYjES+E0bG7OJOEBPiyDDrGriL3L5vP368nb0P5FMCIVUx/NFxjh/dPW2LSb2N37nSu0oSMJu2RU3bgSVB',
      'uO9xPxZ91ZIU5gV+vj4zgudB0fx8m8GkQs3w67jHt0wHBP7Uj+QlDm/Qu/j/oT80HA8=',
    ].join(''),
  },
];
