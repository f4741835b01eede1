/** Operations on profiles of groups as a connector describes them, and what follows. */
import {
  OPERATIONS,
  type ConnectorContext,
  type Operation,
  type Reading,
  type SourceReader,
} from '../graph/connector.ts'
import { identifier, join, literal, sql, type Sql } from '../sql/sql.ts'
import type { PropertiesOption } from './options.ts'
import { groupsReader } from './profiles.ts'
import { asId, asText, rowsOf, timeOf, written, type Rows } from './reading.ts'
import { columnReaders, loadedAt, rawValues, type Parts } from './source_parts.ts'
import {
  column,
  firstMember,
  instant,
  unplaced,
  uses,
  type ColumnValue,
  type Condition,
  type Instant,
  type MemberValue,
  type Value,
} from './values.ts'

/** What the rows of a source say of profiles of groups. One row changes one profile. */
export interface OperationMapping {
  /** The registered group key whose groups are changed. */
  readonly key: string
  /** Which rows are of that key; all where it is undefined. */
  readonly when?: Condition | undefined
  readonly id: ColumnValue | MemberValue
  readonly change: NamedOperation | OperationColumns
  /** In which order operations apply: by `updated`, then by `ingested`. */
  readonly updated?: Instant | undefined
  readonly ingested?: Instant | undefined
  /** An id that makes a resent operation the same operation. */
  readonly insertId?: ColumnValue | undefined
  /** Whether `add` is applied. */
  readonly adds: boolean
  /** Properties of the profiles that become columns. */
  readonly properties: PropertiesOption
  /** IANA time zone of properties that are times and do not say theirs. */
  readonly zone?: string | undefined
}

/** A column with the name of the operation, and one with the JSON that it is done with. */
export interface NamedOperation {
  readonly operation: Value
  readonly object: ColumnValue
}

/** A column of JSON for each operation; a row may have several. */
export interface OperationColumns {
  readonly columns: Readonly<Record<string, ColumnValue>>
}

const named = ({ change }: OperationMapping): NamedOperation | undefined =>
  'operation' in change ? change : undefined

const objectsOf = ({ change }: OperationMapping): readonly ColumnValue[] =>
  'operation' in change ? [change.object] : Object.values(change.columns)

const timesOf = ({ updated, ingested }: OperationMapping) =>
  [updated, ingested].filter((t) => t !== undefined)

const partsOf = (m: OperationMapping): Parts => ({
  texts: [named(m)?.operation].filter((value) => value !== undefined),
  times: timesOf(m),
  ids: [m.id, ...(m.insertId === undefined ? [] : [m.insertId])],
  entities: [m.id],
  keys: 'none',
  properties: [],
  object: undefined,
  when: m.when,
  zone: m.zone ?? m.updated?.zone ?? 'UTC',
})

const fixedOf = (m: OperationMapping): Value[] => [
  ...partsOf(m).ids,
  ...partsOf(m).texts,
  ...timesOf(m).map(({ value }) => value),
  ...objectsOf(m),
]

/** Sources may write the names of operations as Mixpanel does. */
const spelled = (text: Sql): Sql => sql`
  case when ${text} in (${join(
    [...OPERATIONS, 'append'].map((name) => literal(`$${name}`)),
    ', ',
  )}) then substr(${text}, 2) else ${text} end
`

/** The operations that are applied, of those that the rows may have. */
function applied({ change, adds }: OperationMapping): Operation[] {
  const possible = (name: Operation) => {
    if (!('operation' in change)) return Object.hasOwn(change.columns, name)
    return change.operation.kind !== 'constant' || change.operation.text === name
  }
  return OPERATIONS.filter((name) => possible(name) && (name !== 'add' || adds))
}

/** The reader of a connector's operations. */
export function operationsReader(map: (options: never) => OperationMapping): Omit<SourceReader, 'options'> {
  const parts = (o: never) => partsOf(map(o))
  const readers = columnReaders(parts, (o) => fixedOf(map(o)))
  return {
    ...readers,
    fileColumns: (o, registered) => ({
      ...readers.fileColumns(o, registered),
      ...Object.fromEntries(objectsOf(map(o)).map(({ name }) => [name, 'json' as const])),
    }),
    readings: (o, registered) => [
      ...readers.readings(o, registered),
      ...objectsOf(map(o)).map(({ name }): [string, Reading] => [name, 'as_written']),
    ],
    columnsRead: (o, registered) => [
      ...readers.columnsRead(o, registered),
      ...uses(objectsOf(map(o))).filter(({ column: name }) =>
        readers.columnsRead(o, registered).every((use) => use.column !== name),
      ),
    ],
    countedBy(o) {
      const { id, when, change } = map(o)
      return [unplaced(id, ...(when === undefined ? [] : [when])), change]
    },
    groupKeys: (o) => [{ key: map(o).key, path: ['group_key'] }],
    loadedAt(o, c, field) {
      const { updated, ingested } = map(o)
      const own = ingested ?? updated
      return loadedAt(parts(o), own === undefined ? [] : [own], c, field)
    },
    rawValues: (o, c) => rawValues(parts(o), { object: undefined, columns: [], when: undefined }, [], c),
    operations: (o) => ({ applied: applied(map(o)), hasInsertIds: map(o).insertId !== undefined }),
    refused: (o, c) => refused(map(o), c),
    folded: groupsReader((o: never) => foldedMapping(map(o))),
    select(o, c) {
      const m = map(o)
      const rows = readRows(m, c)
      const insertId = m.insertId && asId(m.insertId, rows)
      return selectOperations(m, c, rows, () => [
        sql`${insertId ?? sql`cast(null as ${c.fn.type('text')})`} as insert_id`,
      ])
    },
  }
}

/** What the operations of a source make of groups: names and times as vendors reserve them, in camel and snake case. */
function foldedMapping({ key, properties, zone, updated }: OperationMapping) {
  const object = column('properties', [])
  return {
    key,
    id: column('group_id', []),
    name: firstMember(object, '$name', 'name'),
    created: instant(
      firstMember(object, '$created', 'created_at', 'createdAt'),
      'timestamp',
      zone ?? updated?.zone,
    ),
    updated: instant(column('updated_at', [])),
    // They are what groups are now; what they were is not kept.
    versions: false,
    properties,
    object,
    zone: zone ?? updated?.zone,
  }
}

const readRows = (m: OperationMapping, c: ConnectorContext): Rows =>
  rowsOf(
    {
      object: undefined,
      columns: fixedOf(m).flatMap((value) => (value.kind === 'column' ? [value] : [])),
      when: m.when,
    },
    c,
  )

/** @param more columns after those that all operations have, given what the operation is done with, as it is written */
function selectOperations(
  m: OperationMapping,
  c: ConnectorContext,
  rows: Rows,
  more: (writtenObject: Sql) => readonly Sql[],
): Sql {
  const { fn } = c
  const time = (given: Instant | undefined) =>
    given === undefined ? sql`cast(null as ${fn.type('timestamp')})` : timeOf(given, rows).read
  const { change } = m
  const select = (operation: Sql, object: Sql, from: Sql, raw: Sql) => sql`
    select
      ${join(
        [
          sql`${asId(m.id, rows)} as group_id`,
          sql`${operation} as operation`,
          sql`${object} as object`,
          sql`${time(m.updated)} as updated_at`,
          sql`${time(m.ingested)} as ingested_at`,
          ...more(raw),
        ],
        ',\n',
      )}
    ${join([sql`from ${from}`, fn.once], '\n')}
  `
  if ('operation' in change) {
    const text = asText(change.operation, rows)
    const operation = change.operation.kind === 'constant' ? text : spelled(text)
    const object = identifier(change.object.name)
    return select(operation, fn.json(object), rows.from, fn.text(object))
  }
  const columns = Object.entries(change.columns)
  const taken = new Set(
    fixedOf(m).flatMap((value) => (value.kind === 'column' ? [value.name.toLowerCase()] : [])),
  )
  let name = 'operation'
  while (taken.has(name)) name += '_'
  const operation = identifier(name)
  const each = columns.map(([known]) => sql`select ${literal(known)} as ${operation}`)
  const chosen = (make: (value: Sql) => Sql) => sql`
    case ${operation}
      ${join(
        columns.map(([known, { name: from }]) => sql`when ${literal(known)} then ${make(identifier(from))}`),
        '\n',
      )}
    end
  `
  const from = sql`
    ${rows.from}
    cross join (
      ${join(each, '\nunion all\n')}
    ) as operations
  `
  // what each operation is done with is read once, and asked for only where there is something
  return sql`
    select *
    from (
      ${select(operation, chosen(fn.json), from, chosen(fn.text))}
    ) as each_operation
    where ${fn.jsonKind(sql`object`)} <> 'null'
  `
}

/** Rows that would be left out, or come too early, without a word. */
function refused(m: OperationMapping, c: ConnectorContext): Sql {
  const { fn } = c
  const rows = readRows(m, c)
  const times = timesOf(m).map((time, i) => {
    const text = fn.text(written(time.value, rows))
    return {
      text,
      read: i === 0 && m.updated !== undefined ? sql`updated_at` : sql`ingested_at`,
      as: identifier(`written_time_${i}`),
    }
  })
  const nothing = sql`cast(null as ${fn.type('text')})`
  const unreadable = times.map(({ read, as }) => sql`when ${as} <> '' and ${read} is null then 'time'`)
  const kind = fn.jsonKind(sql`object`)
  const isNone = sql`object is null and written_object <> ''`
  return sql`
    select
      reason,
      operation,
      case reason when 'time' then ${times.length === 0 ? nothing : sql`coalesce(${join([...times.map(({ as }) => as), sql`''`], ', ')})`} when 'object' then written_object when 'list' then written_object end as value
    from (
      select
        case
          when operation is null then 'none'
          when operation = 'append' then 'append'
          ${m.adds ? sql`` : sql`when operation = 'add' then 'add'`}
          when operation not in (${join(OPERATIONS.map(literal), ', ')}) then 'unknown'
          when operation = 'unset' and (${isNone} or ${kind} not in ('array', 'string', 'null')) then 'list'
          when operation not in ('unset', 'delete') and (${isNone} or ${kind} not in ('object', 'null')) then 'object'
          ${join(unreadable, '\n')}
        end as reason,
        operation,
        ${join([...times.map(({ as }) => as), sql`written_object`], ',\n')}
      from (
        ${selectOperations(m, c, rows, (object) => [
          ...times.map(({ text, as }) => sql`${text} as ${as}`),
          sql`${object} as written_object`,
        ])}
      ) as given_operations
      where group_id is not null
    ) as looked_at
    where reason is not null
  `
}
