/** Profiles of groups and of users as a connector describes them, and what follows. */
import type { ConnectorContext, ProfileTime, SourceReader } from '../graph/connector.ts'
import { identifier, join, sql, type Sql } from '../sql/sql.ts'
import { idLists, keptProperties, propertiesObject } from './events.ts'
import { carriedKeys, typedWhereJson, type GroupKeysOption, type PropertiesOption } from './options.ts'
import { asId, asLabel, holds, kept, plainRows, rowsOf, timeOf, type Rows } from './reading.ts'
import { columnReaders, loadedAt, membersOf, rawValues, shapeOf, typed, type Parts } from './source_parts.ts'
import {
  nameOf,
  unplaced,
  type ColumnValue,
  type Condition,
  type Instant,
  type MemberValue,
  type Value,
} from './values.ts'

interface ProfileMapping {
  readonly id: ColumnValue | MemberValue
  /** What is displayed. */
  readonly name?: Value | undefined
  /** When the group or user came to be. */
  readonly created?: Instant | undefined
  /** When the row was written; the latest row of an id wins. */
  readonly updated?: Instant | undefined
  /** false: `updated` says something else than when the row came into force, so rows are no history. */
  readonly versions?: boolean | undefined
  readonly properties: PropertiesOption
  /** The column with a JSON object that has group keys and properties. */
  readonly object?: ColumnValue | undefined
  /** IANA time zone of properties that are times and do not say theirs; default: that of `updated`, else UTC. */
  readonly zone?: string | undefined
}

/** What the rows of a source say of the groups of one key. */
export interface GroupMapping extends ProfileMapping {
  /** The registered group key whose groups the rows are. */
  readonly key: string
  /** Which rows are of that key; all where it is undefined. */
  readonly when?: Condition | undefined
}

/** What the rows of a source say of users. */
export interface UserMapping extends ProfileMapping {
  /** The group keys that users carry. */
  readonly keys: GroupKeysOption
}

const timesOf = ({ created, updated }: ProfileMapping) => [created, updated].filter((t) => t !== undefined)

const fixedOf = (m: ProfileMapping): Value[] =>
  [m.id, m.name, m.created?.value, m.updated?.value].filter((value) => value !== undefined)

const partsOf = (m: ProfileMapping, keys: Parts['keys'], when?: Condition): Parts => ({
  texts: m.name === undefined ? [] : [m.name],
  times: timesOf(m),
  ids: [m.id],
  entities: [m.id],
  keys,
  properties: m.properties,
  object: m.object,
  when,
  zone: m.zone ?? m.updated?.zone ?? 'UTC',
})

const groupParts = (m: GroupMapping) => partsOf(m, 'none', m.when)
const userParts = (m: UserMapping) => partsOf(m, m.keys)

/** The reader of a connector's Group Tables. */
export function groupsReader(map: (options: never) => GroupMapping): Omit<SourceReader, 'options'> {
  const rowsFor = (m: GroupMapping, c: ConnectorContext) => rowsOf(shapeOf(groupParts(m), fixedOf(m), []), c)
  return {
    ...profilesReader(map, groupParts),
    groupKeys: (o) => [{ key: map(o).key, path: ['group_key'] }],
    hasHistory(o) {
      const { updated, versions = true } = map(o)
      return versions && updated !== undefined
    },
    select(o, c) {
      const m = map(o)
      const rows = rowsFor(m, c)
      return sql`
        select
          ${asId(m.id, rows)} as group_id,
          ${join([...profileFields(m, rows), ...propertyColumns(groupParts(m), rows, c)], ',\n')}
        from ${rows.from}
      `
    },
    objects(o, c) {
      const m = map(o)
      if (m.object === undefined) return undefined
      const rows = plainRows(c)
      return sql`
        select
          ${asId(m.id, rows)} as group_id,
          ${rows.object(m.object.name)} as properties
        ${join([sql`from ${rows.from}`, ...(m.when === undefined ? [] : [sql`where ${holds(m.when)}`])], '\n')}
      `
    },
    untyped(o, c) {
      const m = map(o)
      const members = membersOf(groupParts(m)).filter(({ type }) => type === 'source')
      if ((m.object === undefined && !c.json) || members.length === 0) return undefined
      const rows = rowsFor(m, c)
      const properties = c.fn.jsonObject(members.map(({ name, value }) => [name, kept(value, rows)] as const))
      return sql`
        select ${asId(m.id, rows)} as group_id, ${properties} as properties
        from ${rows.from}
      `
    },
  }
}

/** The reader of a connector's users. */
export function usersReader(map: (options: never) => UserMapping): Omit<SourceReader, 'options'> {
  return {
    ...profilesReader(map, userParts),
    groupKeys: (o) => carriedKeys(map(o).keys),
    keptProperties: (o) => keptProperties(userParts(map(o))),
    select(o, c) {
      const m = map(o)
      const parts = userParts(m)
      const rows = rowsOf(shapeOf(parts, fixedOf(m), c.groupKeys), c)
      return sql`
        select
          ${asId(m.id, rows)} as user_id,
          ${join(profileFields(m, rows), ',\n')},
          ${join(
            [
              sql`${propertiesObject(parts, rows)} as properties`,
              ...idLists(parts, rows, c),
              ...propertyColumns(parts, rows, c),
            ],
            ',\n',
          )}
        from ${rows.from}
      `
    },
  }
}

/** What follows alike from profiles of both kinds. */
function profilesReader<Mapping extends ProfileMapping & { readonly when?: Condition | undefined }>(
  map: (options: never) => Mapping,
  partsOfMapping: (m: Mapping) => Parts,
): Omit<SourceReader, 'options' | 'select'> {
  const parts = (o: never) => partsOfMapping(map(o))
  return {
    ...columnReaders(parts, (o) => fixedOf(map(o))),
    countedBy(o) {
      const { id, when } = map(o)
      return unplaced(id, ...(when === undefined ? [] : [when]))
    },
    properties: (o, json) => membersTyped(parts(o), json),
    hasCreation: (o) => map(o).created !== undefined,
    profileTimes: (o, c) => profileTimes(map(o), c),
    loadedAt(o, c, field) {
      const { updated, versions = true } = map(o)
      return loadedAt(parts(o), versions && updated !== undefined ? [updated] : [], c, field)
    },
    rawValues: (o, c) => rawValues(parts(o), shapeOf(parts(o), fixedOf(map(o)), c.groupKeys), [], c),
  }
}

/** Members of an object, and of lines of JSON, have no column type. */
const membersTyped = (parts: Parts, json: boolean) =>
  typedWhereJson(membersOf(parts), json || parts.object !== undefined)

/** `value as name` for each declared property, in its type. */
const propertyColumns = (parts: Parts, rows: Rows, { fn, json }: ConnectorContext): Sql[] =>
  membersTyped(parts, json).map(
    (p) => sql`${typed(p, kept(p.value, rows), parts.zone, fn)} as ${identifier(p.name)}`,
  )

function profileTimes(
  m: ProfileMapping & { readonly when?: Condition | undefined },
  c: ConnectorContext,
): ProfileTime[] {
  const rows = plainRows(c)
  const times = new Map(timesOf(m).map((time) => [nameOf(time), time]))
  return [...times].map(([from, time]) => {
    const { raw } = timeOf(time, rows)
    const own = m.when === undefined ? raw : sql`case when ${holds(m.when)} then ${raw} end`
    return { from, raw: own, read: c.fn.instant(own, time.format, time.zone) }
  })
}

/** The columns that all profiles have. */
function profileFields(m: ProfileMapping, rows: Rows): Sql[] {
  const { fn } = rows
  const time = (given: Instant | undefined) =>
    given === undefined ? sql`cast(null as ${fn.type('timestamp')})` : timeOf(given, rows).read
  const name = m.name === undefined ? sql`cast(null as ${fn.type('text')})` : asLabel(m.name, rows)
  return [
    sql`${name} as display_name`,
    sql`${time(m.created)} as created_at`,
    sql`${time(m.updated)} as updated_at`,
  ]
}
