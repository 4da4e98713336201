import tseslint from 'typescript-eslint';

// Type-aware rules are the point: a forgotten `await` is the bug this
// project is most likely to make.
export default tseslint.config(
  { ignores: ['node_modules/', '.kloop/', 'dist/'] },
  {
    files: ['tasks/**/*.ts', 'config/**/*.ts', 'test/**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-imports': ['error', {
        patterns: [{ regex: '^(node:)?child_process$|^zx', message: 'Processes are started in tasks/host/ only.' }],
      }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['tasks/host/**/*.ts', 'test/**/*.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
);
