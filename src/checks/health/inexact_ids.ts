import type { Source } from '../../graph/catalog.ts'
import type { ModelContext } from '../../graph/model.ts'
import { plural } from '../../problems.ts'
import { identifier, join, literal, sql, type Sql } from '../../sql/sql.ts'
import { countOf, shown, type TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { seen, visibly } from '../sentences.ts'

/**
 * A number beyond 2^53 in a floating-point column, or `1.23E+17` in a file that a spreadsheet has saved: the last
 * digits of the id are gone, and whoever shared the first ones is one group now.
 */
export const inexactIds = check({
  name: 'inexact_ids',
  description: 'No id is a floating-point number that has lost digits, or the text of one.',
  severity: 'error',
  testsOf: ({ catalog }) => [
    ...(catalog.groupKeys.length === 0
      ? []
      : [ofTexts('groups', 'group_profiles', sql`group_id`, sql`group_key`)]),
    ofTexts('users', 'user_profiles', sql`user_id`, sql`'user'`),
    ...catalog.sources.filter(({ type }) => type !== 'discards').map(ofSource),
  ],
})

/** As spreadsheets and programs print it. An id such as 12E5 may be a code. */
const EXPONENT = '[+-]?[0-9]([.,][0-9]+)?[eE][+][0-9]+'

/** More digits than a floating-point number has. */
const DIGITS = '-?[0-9]{8,}'

const FIX =
  'Keep ids as texts or whole numbers where they come from, and load the rows again: lost digits cannot be guessed.'

function ofTexts(of: string, model: string, id: Sql, kind: Sql): TestDefinition {
  const isPrinted = ({ fn }: Pick<ModelContext, 'fn'>) => fn.matches(id, EXPONENT)
  return {
    name: `inexact_ids_of_${of}`,
    description: `No id of ${of} is a number in scientific notation.`,
    models: [model],
    prefilter: { model, when: isPrinted },
    rowsIn: 'events',
    failures: ({ fn, ref }) => sql`
      select ${kind} as kind, ${id} as id, events, first_seen_at, last_seen_at
      from ${ref(model)}
      where ${isPrinted({ fn })}
      order by events desc, kind, ${fn.byBytes(id)}
    `,
    explain: (row) =>
      `${String(row['kind'])} ${visibly(row['id'])} (${seen(row['events'], row['first_seen_at'], row['last_seen_at'])}) is a number whose last digits are gone`,
    fix: FIX,
  }
}

/** Where the ids of a source are published. */
const PUBLISHED = {
  group_table: [{ model: 'group_profiles', id: 'group_id' }],
  operations: [{ model: 'group_profiles', id: 'group_id' }],
  links: [
    { model: 'user_groups', id: 'group_id' },
    { model: 'user_groups', id: 'user_id' },
  ],
  users: [
    { model: 'group_profiles', id: 'group_id' },
    { model: 'user_profiles', id: 'user_id' },
  ],
} as const

/** The source is only read again where published ids have so many digits. */
function ofSource(source: Source): TestDefinition {
  const published =
    PUBLISHED[
      source.type === 'events' || source.type === 'user_table' || source.type === 'discards'
        ? 'users'
        : source.type
    ]
  return {
    name: `inexact_ids_${source.name}`,
    description: `No id in source \`${source.name}\` is a floating-point number beyond 2^53.`,
    models: [...new Set(published.map(({ model }) => model))],
    sources: [source.name],
    rowsIn: 'copies',
    candidates: ({ fn, ref }) => sql`
      select 1 as found
      from (
        ${join(
          published.map(({ model, id }) => sql`select ${identifier(id)} as id from ${ref(model)}`),
          '\nunion all\n',
        )}
      ) as ids
      where ${fn.matches(sql`id`, DIGITS)}
      limit 1
    `,
    failures: (c) => {
      const values = source.rawValues(c.fn, c.raw(source.name))
      if (values === undefined || values.ids.length === 0)
        return sql`select '' as read_from, '' as value, 0 as copies where false`
      return sql`
        select read_from, value, count(*) as copies
        from (
          ${join(
            values.ids.map(
              ({ name, raw, isRounded }) => sql`
                select ${literal(name)} as read_from, ${c.fn.valueText(raw)} as value
                from ${values.from}
                where ${isRounded}
              `,
            ),
            '\nunion all\n',
          )}
        ) as rounded
        group by read_from, value
        order by copies desc, ${c.fn.byBytes(sql`read_from`)}, ${c.fn.byBytes(sql`value`)}
      `
    },
    explain: (row) =>
      `${String(row['read_from'])} = ${shown(row['value'])} in ${plural(countOf(row['copies']), 'row')} of ${source.name} is a floating-point number whose last digits are gone`,
    fix: FIX,
  }
}
