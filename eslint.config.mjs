import jsdoc from 'eslint-plugin-jsdoc';
import tseslint from 'typescript-eslint';

/** Rules without type information only: the whole source lints in seconds, and the compiler is strict about the rest. */
export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.decklog/', '**/*.generated.ts'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    // Nest reads the types of constructor parameters at run time: in files with decorators an import that looks like a type is none.
    languageOptions: { parserOptions: { emitDecoratorMetadata: true, experimentalDecorators: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-require-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-empty-object-type': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only: a thing has one name.' },
        { selector: 'TSEnumDeclaration', message: 'Use a union of strings.' },
      ],
      'max-lines-per-function': ['error', { max: 70 }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
      'no-debugger': 'error',
      'no-console': 'error',
      'no-fallthrough': 'error',
      'no-self-compare': 'error',
      'no-unreachable': 'error',
      'no-constant-condition': ['error', { checkLoops: false }],
      'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
    },
  },
  {
    files: ['libs/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/testing/**'],
    plugins: { jsdoc },
    rules: {
      'jsdoc/require-jsdoc': [
        'error',
        {
          enableFixer: false,
          require: { FunctionDeclaration: false },
          contexts: ['ExportNamedDeclaration[declaration][declaration.type!="TSTypeAliasDeclaration"]'],
        },
      ],
    },
  },
  // A `describe` is a list of sentences, not a function; jest's set-up files and migrations are called by their default export.
  { files: ['**/*.spec.ts', '**/*.contract.ts', '**/testing/**/*.ts'], rules: { 'max-lines-per-function': 'off' } },
  { files: ['test/support/servers-*.ts'], rules: { 'no-restricted-syntax': 'off' } },
);
