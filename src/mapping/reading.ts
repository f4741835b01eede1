/** How the values of a description are written in SQL: one row at a time, each as what it is read for. */
import type { SqlFunctions } from '../engines/index.ts'
import type { ConnectorContext, ReadTime } from '../graph/connector.ts'
import { identifier, join, literal, sql, type Sql } from '../sql/sql.ts'
import type { ColumnValue, Condition, Instant, Value } from './values.ts'

/** Rows whose values can be written down. */
export interface Rows {
  readonly fn: SqlFunctions
  /** What stands after `from`. */
  readonly from: Sql
  /** The JSON object of a column. */
  readonly object: (column: string) => Sql
}

/** The rows of a source as they are: an object is read wherever it is used. */
export const plainRows = ({ fn, relation }: Pick<ConnectorContext, 'fn' | 'relation'>): Rows => ({
  fn,
  from: relation,
  object: (column) => fn.json(identifier(column)),
})

export interface Shape {
  /** The column with the object that is read once for each row; undefined where there is none. */
  readonly object: ColumnValue | undefined
  /** The columns that are read besides it. */
  readonly columns: readonly ColumnValue[]
  /** Which rows are read; all where it is undefined. */
  readonly when: Condition | undefined
}

/**
 * The rows of a source, with the object of one of its columns read once for each row.
 * @param more columns that have to be there as well
 */
export function rowsOf(
  { object, columns, when }: Shape,
  { fn, relation }: Pick<ConnectorContext, 'fn' | 'relation'>,
  more: readonly string[] = [],
): Rows {
  if (object === undefined && when === undefined) return plainRows({ fn, relation })
  const others = [...new Set([...columns.map(({ name }) => name), ...more])]
  const taken = new Set([object?.name ?? '', ...others].map((name) => name.toLowerCase()))
  let name = 'object'
  while (taken.has(name)) name += '_'
  const alias = identifier(name)
  const read = object === undefined ? [] : [sql`${fn.json(identifier(object.name))} as ${alias}`]
  return {
    fn,
    from: sql`
      (
        select
          ${join([...others.map((other) => identifier(other)), ...read], ',\n')}
        from ${relation}
        ${join([...(when === undefined ? [] : [sql`where ${holds(when)}`]), fn.once], '\n')}
      ) as given
    `,
    object: (column) => (column === object?.name ? alias : fn.json(identifier(column))),
  }
}

export const holds = ({ column, is }: Condition): Sql => sql`${identifier(column.name)} = ${literal(is)}`

/** A value as it is kept: a column of its own type, or a value of JSON. */
export const kept = (value: Value, rows: Rows): Sql =>
  either(value, rows, {
    column: ({ name }) => identifier(name),
    member: (object, name) => rows.fn.jsonField(object, name),
  })

/** A value as it is written: the text of a member, a column as it is. */
export const written = (value: Value, rows: Rows): Sql =>
  either(value, rows, {
    column: ({ name }) => identifier(name),
    member: (object, name) => rows.fn.jsonText(object, name),
  })

/** A value as text. */
export const asText = (value: Value, rows: Rows): Sql =>
  either(value, rows, {
    column: ({ name, isText }) => (isText ? identifier(name) : rows.fn.valueText(identifier(name))),
    member: (object, name) => rows.fn.jsonText(object, name),
  })

/** A value as one id. */
export const asId = (value: Value, rows: Rows): Sql =>
  either(value, rows, {
    column: ({ name }) => rows.fn.id(identifier(name)),
    member: (object, name) => rows.fn.id(rows.fn.jsonField(object, name)),
  })

/** A value as a name to display, which is never empty. */
export const asLabel = (value: Value, rows: Rows): Sql =>
  either(value, rows, {
    column: ({ name }) => rows.fn.id(identifier(name)),
    member: (object, name) => sql`nullif(${rows.fn.jsonText(object, name)}, '')`,
  })

/** A time, as it is written and as the UTC timestamp that is read from it. */
export function timeOf({ value, format, zone }: Instant, rows: Rows): ReadTime {
  const raw = written(value, rows)
  return { raw, read: rows.fn.instant(raw, format, zone) }
}

interface Kinds {
  readonly column: (column: ColumnValue) => Sql
  readonly member: (object: Sql, name: string) => Sql
}

function either(value: Value, rows: Rows, kinds: Kinds): Sql {
  switch (value.kind) {
    case 'column':
      return kinds.column(value)
    case 'member':
      return kinds.member(rows.object(value.object.name), value.name)
    case 'constant':
      return literal(value.text)
    case 'first':
      return sql`coalesce(${join(
        value.of.map((inner) => either(inner, rows, kinds)),
        ', ',
      )})`
    case 'chosen': {
      const [then, otherwise] = [value.then, value.otherwise].map((inner) => either(inner, rows, kinds))
      return sql`case when ${holds(value.when)} then ${then ?? sql`null`} else ${otherwise ?? sql`null`} end`
    }
  }
}
