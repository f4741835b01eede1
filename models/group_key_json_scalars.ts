import { jsonScalarsOf, propertiesAskedFor } from '../src/graph/filter_values.ts'
import type { GroupKey } from '../src/graph/catalog.ts'
import type { FullCatalog } from '../src/graph/report.ts'
import type { ModelDefinition, ModelContext } from '../src/graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../src/sql/sql.ts'

/**
 * `company_json_scalars` for the key `company_id`: which values of properties in JSON are numbers or truth values.
 * In the profiles they are texts, as all values in JSON that nobody gave a type. Made where a filter of a report
 * asks for a number in another spelling than that of its text.
 */
export function groupKeyJsonScalars(catalog: FullCatalog, key: GroupKey): ModelDefinition[] {
  const asked = propertiesAskedFor(catalog, key.name)
  if (asked.length === 0) return []
  return [
    {
      name: jsonScalarsOf(key.noun),
      description: `Values of properties of each ${key.label} that are numbers or truth values in JSON, and not texts that read like them.`,
      rules: ['PRO-3', 'VAL-5'],
      grain: [key.name, 'property', 'value'],
      columns: {
        [key.name]: { type: 'text', description: `The group id: the value of ${key.name} on events.` },
        property: { type: 'text', description: 'A property of the group without a type of its own.' },
        value: { type: 'text', description: 'A value that it has or had, in the text of the profiles.' },
      },
      materialized: 'table',
      select: (c) => select(key, asked, c),
    },
  ]
}

function select(key: GroupKey, asked: ReturnType<typeof propertiesAskedFor>, c: ModelContext): Sql {
  const { fn } = c
  const values = asked.map(
    ({ source, property }) => sql`
      select
        group_id as ${identifier(key.name)},
        ${literal(property)} as property,
        ${fn.propertyText(sql`properties`, property)} as value
      from (
        ${source.untyped(fn, c.raw(source.name)) ?? c.read(source.name)}
      ) as given
      where group_id is not null
        and ${fn.jsonKind(fn.jsonField(sql`properties`, property))} in ('number', 'boolean')
    `,
  )
  return sql`
    select distinct ${identifier(key.name)}, property, value
    from (
      ${join(values, '\nunion all\n')}
    ) as json_scalars
  `
}
