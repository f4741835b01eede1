import { asWritten } from '../sql/spelling.ts'
import { shown } from './check.ts'
import { check } from './definition.ts'

/** `tests/*.sql`: queries of the user that return the rows that are wrong. */
export const singular = check({
  name: 'singular',
  description: 'A query of yours in tests/ that returns the rows that are wrong.',
  severity: 'error',
  testsOf: (plan) =>
    plan.singularTests.map(({ name, config, failCalc, rendered, userSql }) => ({
      name,
      description: `\`${userSql.file}\` returns no row.`,
      config,
      failCalc: failCalc === undefined ? undefined : asWritten(failCalc),
      at: { file: userSql.file, line: 1, column: 1 },
      models: rendered.refs,
      fix: 'Correct these rows where they come from, or the query where it finds rows that are right.',
      sources: rendered.sources,
      failures: (_, compiler, places) => asWritten(compiler.query(rendered, places)),
      explain: (row) =>
        Object.entries(row)
          .map(([column, value]) => `${column} = ${shown(value)}`)
          .join(', '),
    })),
})
