import type { Source } from '../graph/catalog.ts'
import type { Plan } from '../graph/plan.ts'
import { plural } from '../problems.ts'
import { literal, sql } from '../sql/sql.ts'
import { countOf, type TestDefinition } from './check.ts'
import { check } from './definition.ts'
import { modelRead } from './group_tables.ts'
import { visibly } from './sentences.ts'

/** A text that is no JSON object has no properties and names no group, and would do so without a word. */
export const readableProperties = check({
  name: 'readable_properties',
  description: 'The properties of every row are a JSON object, where a column holds them.',
  severity: 'error',
  testsOf: ({ catalog }: Plan) =>
    catalog.sources
      .filter(({ hasRawValues }) => hasRawValues.object)
      .map((source) => ofObjects(catalog, source)),
})

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  string: 'a text',
  number: 'a number',
  boolean: 'a boolean',
  none: 'no JSON',
}

function ofObjects(catalog: Plan['catalog'], source: Source): TestDefinition {
  const isEvents = source.type === 'events'
  return {
    name: `readable_properties_${source.name}`,
    description: `The properties of every row of source \`${source.name}\` are a JSON object.`,
    models: [modelRead(catalog, source)],
    sources: [source.name],
    // Of an event nothing is kept then; only where there are such events is the source read again.
    prefilter: isEvents
      ? {
          model: 'events',
          when: ({ fn }) => sql`
            source = ${literal(source.name)}
              and (
                properties is null
                or ${fn.jsonKind(sql`properties`)} <> 'object'
                or properties = cast('{}' as ${fn.type('json')})
              )
          `,
        }
      : undefined,
    rowsIn: 'copies',
    fix: 'Write one JSON object into each row, or null; until then these rows have no properties and belong to no group.',
    failures: (c) => {
      const values = source.rawValues(c.fn, c.raw(source.name))
      const object = values?.object
      if (values === undefined || object === undefined)
        return sql`select '' as kind, '' as value, 0 as copies where false`
      return sql`
        select kind, min(${c.fn.byBytes(sql`value`)}) as value, count(*) as copies
        from (
          select
            case when ${object.read} is null then 'none' else ${c.fn.jsonKind(object.read)} end as kind,
            ${c.fn.text(object.raw)} as value
          from ${values.from}
        ) as objects
        where value <> '' and kind not in ('object', 'null')
        group by kind
        order by copies desc, kind
      `
    },
    explain: (row) =>
      `${source.name} has ${KINDS[String(row['kind'])] ?? String(row['kind'])} in place of an object of properties in ${plural(countOf(row['copies']), 'row')}, such as ${visibly(String(row['value']).slice(0, 80))}`,
  }
}
