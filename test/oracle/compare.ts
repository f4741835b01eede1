/** Rows as text, the same text for the same row of an oracle and of a warehouse. */

/** In an order of their own; without `rule`, which an oracle does not know. */
export function canonical(rows: readonly object[]): string[] {
  return rows
    .map((row) =>
      JSON.stringify(
        Object.fromEntries(
          Object.entries(row)
            .filter(([column]) => column !== 'rule')
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([column, value]: [string, unknown]) => [column, plain(value)]),
        ),
      ),
    )
    .sort()
}

/** Means of many numbers may differ in their last digits. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'number' ? Number(value.toPrecision(12)) : value
}
