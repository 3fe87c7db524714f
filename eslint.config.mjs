import js from '@eslint/js';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

/** Rooms of `src` in their order: a room may use the ones after it, never those before it. */
const steps = ['compute', 'webapp', 'training', 'smoke', 'preflight', 'jumpbox'];

export default tseslint.config(
  {
    ignores: ['dist/', 'build/', 'coverage/', 'demo-out/', 'test-results/', '.cache/', '**/*.cjs'],
  },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.mjs', '__tests__/support/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
      globals: { process: 'readonly', console: 'readonly' },
    },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js'] })],
      'import-x/extensions': ['.ts'],
      'import-x/external-module-folders': ['node_modules'],
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',

      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/require-await': 'off',
      // Our interfaces are records of closures: nothing here depends on `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        {
          allowNumber: true,
          allowBoolean: true,
          allow: [{ from: 'lib', name: ['URL', 'URLSearchParams'] }],
        },
      ],
      'import-x/no-cycle': 'error',
      'no-control-regex': 'off',
      eqeqeq: 'error',
      complexity: ['error', 20],
      'max-depth': ['error', 4],
    },
  },
  {
    files: ['src/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [
                '**/local-azure/**',
                '@actions/*',
                'node:fs',
                'node:fs/*',
                'node:child_process',
              ],
            },
          ],
        },
      ],
      'no-restricted-properties': ['error', { object: 'process', property: 'env' }],
      'no-restricted-globals': ['error', 'fetch'],
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: steps.map((step) => ({
            target: `./src/${step}`,
            from: steps.filter((other) => other !== step).map((other) => `./src/${other}`),
            message: 'Steps do not know each other; commands join them.',
          })),
        },
      ],
    },
  },
  {
    files: ['src/toolbox/**'],
    rules: { 'no-restricted-imports': 'off', 'no-restricted-properties': 'off' },
  },
  {
    files: ['__tests__/**'],
    plugins: { jest },
    rules: {
      ...jest.configs['flat/recommended'].rules,
      'jest/expect-expect': [
        'error',
        { assertFunctionNames: ['expect', 'expect*', 'fc.assert', 'refuses*'] },
      ],
      'jest/valid-title': ['error', { disallowedWords: ['should'] }],
      'jest/no-conditional-expect': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  { files: ['**/*.mjs'], ...tseslint.configs.disableTypeChecked },
);
