import type { Source } from '../graph/catalog.ts'
import type { Plan } from '../graph/plan.ts'
import { plural } from '../problems.ts'
import { join, literal, sql } from '../sql/sql.ts'
import { countOf, type TestDefinition } from './check.ts'
import { check } from './definition.ts'
import { modelRead } from './group_tables.ts'
import { visibly } from './sentences.ts'

/** A value that is none of its type is null, and would be so without a word. */
export const readableValues = check({
  name: 'readable_values',
  description: 'Values are of the type that the project gives them, and times of arrival are times.',
  severity: 'warn',
  testsOf: ({ catalog }: Plan) =>
    catalog.sources
      .filter(({ hasRawValues }) => hasRawValues.typed)
      .map((source) => ofTypes(catalog, source)),
})

function ofTypes(catalog: Plan['catalog'], source: Source): TestDefinition {
  return {
    name: `readable_values_${source.name}`,
    description: `Typed values of source \`${source.name}\` can be read as their type.`,
    models: [modelRead(catalog, source)],
    sources: [source.name],
    rowsIn: 'copies',
    fix: 'Correct these values where they come from, or give the property another `type`; until then they are null.',
    failures: (c) => {
      const values = source.rawValues(c.fn, c.raw(source.name))
      const unreadable = (values?.typed ?? []).map(
        ({ name, type, raw, read }) => sql`
          select ${literal(name)} as read_from, ${literal(type)} as type, ${raw} as value
          from ${values?.from ?? sql`nothing`}
          where ${raw} <> '' and ${read} is null
        `,
      )
      return sql`
        select read_from, type, value, count(*) as copies
        from (
          ${join(unreadable, '\nunion all\n')}
        ) as unreadable
        group by read_from, type, value
        order by copies desc, ${c.fn.byBytes(sql`read_from`)}, ${c.fn.byBytes(sql`value`)}
      `
    },
    explain: (row) =>
      `${String(row['read_from'])} = ${visibly(row['value'])} in ${plural(countOf(row['copies']), 'row')} of ${source.name} is no ${String(row['type'])}`,
  }
}
