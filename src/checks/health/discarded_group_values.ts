import { join, literal, sql } from '../../sql/sql.ts'
import { plural } from '../../problems.ts'
import { countOf } from '../check.ts'
import { check } from '../definition.ts'
import { between, visibly } from '../sentences.ts'

/**
 * A loader that finds a text where the first value of a column was a number stores null, and the text in a
 * table of discards. For the column of a group key that is attribution lost without a trace on the event.
 */
export const discardedGroupValues = check({
  name: 'discarded_group_values',
  description:
    'No value of the column of a group key is in a source of type `discards`, such as rudder_discards.',
  severity: 'warn',
  testsOf: ({ catalog }) => {
    const columns = new Set([
      ...catalog.groupKeys.map(({ name }) => name),
      ...catalog.sourcesOf('events').flatMap(({ readsKeys }) => readsKeys.map(({ from }) => from)),
    ])
    if (columns.size === 0) return []
    return catalog.sourcesOf('discards').map((source) => ({
      name: `discarded_group_values_${source.name}`,
      description: `No value of the column of a group key is in \`${source.name}\`.`,
      models: [],
      sources: [source.name],
      rowsIn: 'discarded_values',
      failures: ({ fn, read }) => sql`
        select
          table_name,
          column_name,
          reason,
          count(*) as discarded_values,
          min(${fn.byBytes(sql`discarded_value`)}) as example_value,
          min(received_at) as first_received_at,
          max(received_at) as last_received_at
        from (
          ${read(source.name)}
        ) as discards
        -- some warehouses write the names of their columns in capitals
        where ${fn.folded(sql`column_name`)} in (${join(
          [...columns].map((column) => fn.folded(literal(column))),
          ', ',
        )})
        group by table_name, column_name, reason
        order by discarded_values desc, ${fn.byBytes(sql`table_name`)}, ${fn.byBytes(sql`column_name`)}, ${fn.byBytes(sql`reason`)}
      `,
      explain: (row) =>
        `${plural(countOf(row['discarded_values']), 'value')} of ${String(row['table_name'])}.${String(row['column_name'])} ${countOf(row['discarded_values']) === 1 ? 'was' : 'were'} discarded ${between(row['first_received_at'], row['last_received_at'])}, such as ${visibly(row['example_value'])}: ${typeof row['reason'] === 'string' ? row['reason'] : 'no reason given'}`,
      fix: 'The column has the type of its first value. Make it a text column in the warehouse, and load these events again.',
    }))
  },
})
