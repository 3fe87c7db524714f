/** Jest as ES modules; TypeScript is only stripped here, `npm run check` is what judges the types. */
export default {
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  // `npm test` stays under eight minutes; `npm run check:long` runs what takes a minute by itself.
  testPathIgnorePatterns: process.env.LONG_TESTS === '1' ? [] : ['\\.long\\.test\\.ts$'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript' },
          experimental: { keepImportAttributes: true },
        },
      },
    ],
  },
  testEnvironment: 'node',
  testTimeout: 30_000,
  // Half of the tests wait for other processes; one worker a core keeps both cores busy.
  maxWorkers: '100%',
  reporters: ['default', '<rootDir>/__tests__/support/count-reporter.mjs'],
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/', '<rootDir>/demo-out/'],
};
