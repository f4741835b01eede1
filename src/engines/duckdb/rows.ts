/** Rows from a configuration as DuckDB relations, and columns as texts that can be compared. */
import { identifier, join, literal, sql, trusted, type Sql } from '../../sql/sql.ts'
import type { ColumnType, PropertyType } from '../functions.ts'

/** `timestamptz`: an instant that says its offset, where the type of the column is not known. */
export type RowType = ColumnType | PropertyType | 'timestamptz'

export interface RowColumn {
  readonly name: string
  readonly type: RowType
}

const TYPES: Readonly<Record<RowType, string>> = {
  text: 'varchar',
  'text[]': 'varchar[]',
  bigint: 'bigint',
  integer: 'bigint',
  number: 'double',
  boolean: 'boolean',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  date: 'date',
  json: 'json',
}

/**
 * A query that returns the rows. All values are texts: numbers as digits, instants as ISO 8601, lists and
 * objects as JSON.
 */
export function rowsQuery(columns: readonly RowColumn[], rows: readonly (readonly (string | null)[])[]): Sql {
  if (rows.length === 0) {
    const none = columns.map(({ name, type }) => sql`${ofType(sql`null`, type)} as ${identifier(name)}`)
    return sql`
      select ${join(none, ', ')}
      where false
    `
  }
  const given = columns.map((_, i) => identifier(`c${i}`))
  const typed = columns.map(
    ({ name, type }, i) => sql`${ofType(given[i] ?? sql`null`, type)} as ${identifier(name)}`,
  )
  return sql`
    select ${join(typed, ', ')}
    from (
      values
        ${join(
          rows.map((row) => sql`(${join(row.map(literal), ', ')})`),
          ',\n',
        )}
    ) as given(${join(given, ', ')})
  `
}

/**
 * The columns of a query, with those that it does not have as nulls, each of its type. A column without a type
 * stays as the query returns it.
 */
export function completed(
  query: string,
  has: readonly string[],
  wanted: readonly { readonly name: string; readonly type: RowType | undefined }[],
): Sql {
  // DuckDB knows a column by its name in any case.
  const known = (name: string) => wanted.find((w) => w.name.toLowerCase() === name.toLowerCase())
  const present = new Set(has.map((name) => name.toLowerCase()))
  const columns = [
    ...has.map((name) => {
      const type = known(name)?.type
      return type === undefined
        ? identifier(name)
        : sql`cast(${identifier(name)} as ${trusted(TYPES[type])}) as ${identifier(name)}`
    }),
    ...wanted
      .filter(({ name }) => !present.has(name.toLowerCase()))
      .map(({ name, type }) => sql`${ofType(sql`null`, type ?? 'text')} as ${identifier(name)}`),
  ]
  return sql`
    select ${join(columns, ', ')}
    from (
    ${trusted(query)}
    ) as given
  `
}

function ofType(value: Sql, type: RowType): Sql {
  // By way of timestamptz an offset counts; without one the session's UTC does.
  if (type === 'timestamp') return sql`cast(cast(${value} as timestamptz) as timestamp)`
  if (type === 'text[]') return sql`cast(cast(${value} as json) as varchar[])`
  return sql`cast(${value} as ${trusted(TYPES[type])})`
}

/** How the values of a column are compared. */
export type ValueKind = 'number' | 'instant' | 'boolean' | 'json' | 'text'

const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|BIGNUM|DECIMAL.*)$/

/** @param type DuckDB's own name of the column's type */
export function kindOf(type: string): ValueKind {
  if (NUMERIC.test(type)) return 'number'
  if (/[\])]$/.test(type) || type === 'JSON') return 'json'
  if (type.startsWith('TIMESTAMP')) return 'instant'
  return type === 'BOOLEAN' ? 'boolean' : 'text'
}

/** Columns of a query as text: instants in UTC, lists and objects as JSON. */
export function asTexts(query: string, columns: readonly { name: string; type: string }[]): Sql {
  const texts = columns.map(({ name, type }) => {
    const column = identifier(name)
    if (kindOf(type) === 'instant') return sql`cast(cast(${column} as timestamp) as varchar)`
    if (kindOf(type) === 'json') return sql`cast(to_json(${column}) as varchar)`
    return sql`cast(${column} as varchar)`
  })
  return sql`
    select ${join(
      texts.map((text, i) => sql`${text} as ${identifier(`c${i}`)}`),
      ', ',
    )}
    from (
    ${trusted(query)}
    ) as rows_made
  `
}
