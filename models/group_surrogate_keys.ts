import type { Catalog, GroupKey } from '../src/graph/catalog.ts'
import { eachGroup } from '../src/graph/event_group_ids.ts'
import type { ModelDefinition, ModelContext } from '../src/graph/model.ts'
import { join, literal, sql, type Sql } from '../src/sql/sql.ts'
import { emptySelect } from './lib/empty_select.ts'
import { attributes } from './event_groups.ts'

/** A whole number for each group: what reports sort and join by, several times faster than by the text of its id. */
export function groupSurrogateKeys(catalog: Catalog): ModelDefinition {
  return {
    name: 'group_surrogate_keys',
    description:
      'A number for each group that is seen on events. It stands for the group within one build; the next build may number anew.',
    rules: ['ID-1', 'ID-2'],
    grain: ['group_key', 'group_id'],
    columns: {
      group_key: { type: 'text', description: 'The group key.' },
      group_id: { type: 'text', description: 'The group.' },
      group_sk: { type: 'integer', description: 'Its number, unique over all group keys.' },
    },
    materialized: 'table',
    select: (c) => sql`
      select
        group_key,
        group_id,
        cast(row_number() over (order by ${c.fn.byBytes(sql`group_key`)}, ${c.fn.byBytes(sql`group_id`)}) as integer) as group_sk
      from (
        ${
          catalog.groupKeys.length === 0
            ? emptySelect({ group_key: 'text', group_id: 'text' }, c)
            : join(
                catalog.groupKeys.map((key) => groupsOf(key, c)),
                '\nunion all\n',
              )
        }
      ) as seen
    `,
  }
}

const groupsOf = (key: GroupKey, c: ModelContext): Sql =>
  eachGroup(
    key,
    {
      rows: c.ref('events'),
      keep: [sql`${literal(key.name)} as group_key`],
      where: attributes(key, c),
      distinct: true,
    },
    c.fn,
  )
