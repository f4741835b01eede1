/**
 * Type-aware rules, because the faults that matter here (a query that nobody awaits, a case of a union that
 * nobody handles) can only be seen with types.
 */
import tseslint from 'typescript-eslint'

const LOOPS = ['ForStatement', 'ForInStatement', 'ForOfStatement', 'WhileStatement', 'DoWhileStatement']

/** esbuild keeps what one turn of a loop has thrown, and throws it after the next (findings/esbuild-using-in-loop.sh). */
const noUsingInLoop = {
  create: (context) => ({
    VariableDeclaration(node) {
      if (!/using$/.test(node.kind)) return
      for (let around = node.parent; around && !/Function/.test(around.type); around = around.parent)
        if (LOOPS.includes(around.type))
          return context.report({
            node,
            message:
              'Take what uses it into a function: esbuild throws an error of one turn again in the next.',
          })
    },
  }),
}

export default tseslint.config(
  { ignores: ['dist/', 'target/', '**/target/', 'node_modules/', 'coverage/'] },
  tseslint.configs.eslintRecommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { gwh: { rules: { 'no-using-in-loop': noUsingInLoop } } },
    rules: {
      'gwh/no-using-in-loop': 'error',
      eqeqeq: ['error', 'always'],
      'no-var': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-boolean-literal-compare': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/require-array-sort-compare': ['error', { ignoreStringArrays: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Implementations of an asynchronous interface need not wait for anything themselves.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // SQL that engines write differently, or read differently in silence, is asked of the engine's functions.
    files: ['models/**/*.ts', 'connectors/**/*.ts', 'src/checks/**/*.ts'],
    ignores: ['models/lib/ctes.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...Object.entries({
          '\\b(least|greatest)\\(': 'fn.leastOf and fn.greatestOf: nulls are skipped on some engines only',
          '\\bunnest\\(': 'fn.eachMember',
          '\\bgenerate_series\\(': 'fn.eachInteger',
          '\\bas materialized\\b': 'materialized() of models/lib/ctes.ts',
          '\\bmake_date\\(': 'fn.monthStart',
          "\\binterval '": 'fn.after and fn.nextMonth',
          '\\bmd5\\(': 'fn.md5',
          '\\b(timezone\\(|current_timestamp|now\\(\\))': 'fn.now, fn.localDay and fn.hourStart',
          '\\b(date_trunc|epoch_us|make_timestamp)\\(': 'fn.periodStart, fn.microseconds and fn.instantOf',
          '::\\w': 'cast(… as …)',
        }).map(([raw, instead]) => ({
          selector: `TemplateElement[value.raw=/${raw}/]`,
          message: `Engines differ here: use ${instead}.`,
        })),
      ],
    },
  },
  {
    // A test that meets an unexpected undefined fails, which is all it has to do.
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
)
