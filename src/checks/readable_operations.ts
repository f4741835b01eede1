import type { Source } from '../graph/catalog.ts'
import { foldedName, OPERATIONS } from '../graph/connector.ts'
import type { Plan } from '../graph/plan.ts'
import { plural, quotedList } from '../problems.ts'
import { sql } from '../sql/sql.ts'
import { countOf, type TestDefinition } from './check.ts'
import { check } from './definition.ts'
import { visibly } from './sentences.ts'

/** An operation that cannot be applied would be left out without a word, and profiles would be what they never were. */
export const readableOperations = check({
  name: 'readable_operations',
  description: 'Every operation on a profile can be applied, and its times can be read.',
  severity: 'error',
  testsOf: ({ catalog }: Plan) => catalog.sourcesOf('operations').map((source) => ofSource(source, catalog)),
})

/** What is wrong with a row, by its reason. */
const SAID: Readonly<Record<string, string>> = {
  none: 'no operation',
  append: 'an operation that profiles of groups do not have',
  add: 'an operation that is off: it is no longer right where a row comes twice',
  unknown: 'an operation that is not known',
  object: 'no JSON object to be done with',
  list: 'no list of names to be done with',
  time: 'a time that cannot be read',
}

function ofSource(source: Source, catalog: Plan['catalog']): TestDefinition {
  return {
    name: `readable_operations_${source.name}`,
    description: `Every row of source \`${source.name}\` is an operation that can be applied.`,
    models: [foldedName(source.name)],
    sources: [source.name],
    at: catalog.project.locate([...source.path, 'columns']),
    rowsIn: 'copies',
    fix: `The operations are ${quotedList(OPERATIONS)}; \`add\` is applied with \`add: true\`. Correct these rows where they come from, or leave them out in a model that the source reads as its \`table:\`.`,
    failures: (c) => sql`
      select reason, operation, min(${c.fn.byBytes(sql`value`)}) as value, count(*) as copies
      from (
        ${source.refused(c.fn, c.raw(source.name)) ?? sql`select '' as reason, '' as operation, '' as value where false`}
      ) as refused
      group by reason, operation
      order by copies desc, ${c.fn.byBytes(sql`reason`)}, ${c.fn.byBytes(sql`operation`)}
    `,
    explain: (row) => {
      const operation = row['operation'] === null ? '' : ` ${visibly(row['operation'])}`
      const written = row['value']
      const value = typeof written === 'string' ? `, such as ${visibly(written.slice(0, 80))}` : ''
      return `${plural(countOf(row['copies']), 'row')}${operation} of ${source.name} ${countOf(row['copies']) === 1 ? 'has' : 'have'} ${SAID[String(row['reason'])] ?? 'something wrong'}${value}`
    },
  }
}
