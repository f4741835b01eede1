/** Values that a loader could not store, as a connector describes them. */
import type { SourceReader } from '../graph/connector.ts'
import { sql } from '../sql/sql.ts'
import { asText, plainRows, timeOf } from './reading.ts'
import { columnReaders, loadedAt, type Parts } from './source_parts.ts'
import { unplaced, type Instant, type Value } from './values.ts'

/** What the rows of a source say of such values. One row is one value. */
export interface DiscardMapping {
  /** The table that the value was meant for, and its column. */
  readonly table: Value
  readonly column: Value
  readonly value: Value
  readonly reason: Value
  readonly received: Instant
}

const partsOf = (m: DiscardMapping): Parts => ({
  texts: [m.table, m.column, m.value, m.reason],
  times: [m.received],
  ids: [],
  entities: [],
  keys: 'none',
  properties: [],
  object: undefined,
  zone: 'UTC',
})

/** The reader of a connector's discards. */
export function discardsReader(map: (options: never) => DiscardMapping): Omit<SourceReader, 'options'> {
  const parts = (o: never) => partsOf(map(o))
  return {
    ...columnReaders(parts, (o) => [...parts(o).texts, map(o).received.value]),
    countedBy: (o) => unplaced(...parts(o).texts),
    loadedAt: (o, c, field) => loadedAt(parts(o), [map(o).received], c, field),
    select(o, c) {
      const m = map(o)
      const rows = plainRows(c)
      return sql`
        select
          ${asText(m.table, rows)} as table_name,
          ${asText(m.column, rows)} as column_name,
          ${asText(m.value, rows)} as discarded_value,
          ${asText(m.reason, rows)} as reason,
          ${timeOf(m.received, rows).read} as received_at
        from ${rows.from}
      `
    },
  }
}
