import { trusted } from '../sql/sql.ts'
import { shown, type Check } from './check.ts'

/** `tests/*.sql`: queries of the user that return the rows that are wrong. */
export const singular: Check = {
  name: 'singular',
  description: 'A query of yours in tests/ that returns the rows that are wrong.',
  testsOf: (plan) =>
    plan.singularTests.map(({ name, severity, rendered, userSql }) => ({
      name,
      check: 'singular',
      description: `${userSql.file} returns no row.`,
      severity,
      at: { file: userSql.file, line: 1, column: 1 },
      models: rendered.refs,
      sources: rendered.sources,
      failures: (_, compiler, places) => trusted(compiler.query(rendered, places)),
      explain: (row) =>
        Object.entries(row)
          .map(([column, value]) => `${column} = ${shown(value)}`)
          .join(', '),
    })),
}
