/** Jest as ES modules; TypeScript is only stripped here, `npm run check` is what judges the types. */
export default {
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
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
  reporters: ['default', '<rootDir>/__tests__/support/count-reporter.mjs'],
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/', '<rootDir>/demo-out/'],
};
