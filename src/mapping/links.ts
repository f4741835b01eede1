/** Links of users to groups as a connector describes them, and what follows. */
import type { SourceReader } from '../graph/connector.ts'
import { join, sql } from '../sql/sql.ts'
import { idLists } from './events.ts'
import { carriedKeys, type GroupKeysOption } from './options.ts'
import { asId, rowsOf, timeOf } from './reading.ts'
import { columnReaders, loadedAt, rawValues, shapeOf, type Parts } from './source_parts.ts'
import { unplaced, type ColumnValue, type Instant, type MemberValue } from './values.ts'

/** What the rows of a source say of links. One row says of one user that they belong to groups. */
export interface LinkMapping {
  readonly user: ColumnValue | MemberValue
  /** The group keys that rows carry: members of `object` where there is one, else columns. */
  readonly keys: GroupKeysOption
  /** When the link was made; it says how fresh the rows are, too. */
  readonly at?: Instant | undefined
  readonly object?: ColumnValue | undefined
}

const partsOf = (m: LinkMapping): Parts => ({
  texts: [],
  times: m.at === undefined ? [] : [m.at],
  ids: [m.user],
  entities: [m.user],
  keys: m.keys,
  properties: [],
  object: m.object,
  zone: 'UTC',
})

const fixedOf = (m: LinkMapping) => [m.user, ...(m.at === undefined ? [] : [m.at.value])]

/** The reader of a connector's links. */
export function linksReader(map: (options: never) => LinkMapping): Omit<SourceReader, 'options'> {
  const parts = (o: never) => partsOf(map(o))
  return {
    ...columnReaders(parts, (o) => fixedOf(map(o))),
    countedBy: (o) => unplaced(map(o).user),
    groupKeys: (o) => carriedKeys(map(o).keys),
    loadedAt(o, c, field) {
      const { at } = map(o)
      return loadedAt(parts(o), at === undefined ? [] : [at], c, field)
    },
    rawValues(o, c) {
      const { times } = parts(o)
      return rawValues(parts(o), shapeOf(parts(o), fixedOf(map(o)), c.groupKeys), times, c)
    },
    select(o, c) {
      const m = map(o)
      const rows = rowsOf(shapeOf(partsOf(m), fixedOf(m), c.groupKeys), c)
      const linked =
        m.at === undefined ? sql`cast(null as ${c.fn.type('timestamp')})` : timeOf(m.at, rows).read
      return sql`
        select
          ${asId(m.user, rows)} as user_id,
          ${join([sql`${linked} as linked_at`, ...idLists(partsOf(m), rows, c)], ',\n')}
        from ${rows.from}
      `
    },
  }
}
