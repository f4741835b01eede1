/** What operations make of profiles, folded one by one in plain TypeScript, and operations at random. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

export interface OperationRow {
  readonly group: string
  readonly operation: string
  readonly object: Json
  /** Milliseconds since 1970; null where the row does not say. */
  readonly updatedAt: number | null
  readonly ingestedAt: number | null
  readonly insertId: string | null
}

export interface Profile {
  readonly updatedAt: number | null
  readonly properties: Readonly<Record<string, Json>>
}

/** JSON without spaces, with the members of all objects in the order of their names. */
export const textOf = (value: Json): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

const compared = (a: number | string, b: number | string) => (a < b ? -1 : a > b ? 1 : 0)

const inOrder = (a: OperationRow, b: OperationRow) =>
  compared(a.updatedAt ?? -Infinity, b.updatedAt ?? -Infinity) ||
  compared(a.ingestedAt ?? -Infinity, b.ingestedAt ?? -Infinity) ||
  byContent(a, b)

const byContent = (a: OperationRow, b: OperationRow) =>
  compared(a.operation, b.operation) || compared(contentOf(a), contentOf(b))

const contentOf = ({ object }: OperationRow) => (object === null ? '' : textOf(object))

/** Of the rows with one insert id, the one that came in last. */
function withoutResent(rows: readonly OperationRow[]): OperationRow[] {
  const latest = (a: OperationRow, b: OperationRow) =>
    compared(b.ingestedAt ?? -Infinity, a.ingestedAt ?? -Infinity) ||
    compared(b.updatedAt ?? -Infinity, a.updatedAt ?? -Infinity) ||
    byContent(a, b)
  const kept = new Map<string, OperationRow>()
  for (const [i, row] of rows.entries()) {
    const id = row.insertId === null ? `row ${i}` : `id ${row.insertId}`
    const before = kept.get(id)
    if (before === undefined || latest(row, before) < 0) kept.set(id, row)
  }
  return [...kept.values()]
}

/** The profile of a group after all of its operations; undefined where it has none. */
export function folded(rows: readonly OperationRow[]): Profile | undefined {
  let properties: Map<string, Json> | undefined
  let times: (number | null)[] = []
  for (const { operation, object, updatedAt } of withoutResent(rows).sort(inOrder)) {
    if (operation === 'delete') {
      properties = undefined
      times = []
      continue
    }
    times.push(updatedAt)
    if (!['unset', 'remove'].includes(operation)) properties ??= new Map()
    if (properties === undefined) continue
    if (operation === 'unset') for (const name of object as string[]) properties.delete(name)
    else
      for (const [name, value] of Object.entries((object ?? {}) as Record<string, Json>)) {
        const now = applied(operation, properties.get(name) ?? null, value)
        if (now === null) properties.delete(name)
        else properties.set(name, now)
      }
  }
  if (properties === undefined) return undefined
  const known = times.filter((time) => time !== null)
  return {
    updatedAt: known.length === 0 ? null : Math.max(...known),
    properties: Object.fromEntries(properties),
  }
}

const itemsOf = (value: Json): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [value]

const without = (items: readonly Json[], gone: readonly Json[]): Json[] => {
  const texts = gone.map(textOf)
  return items.filter((item) => !texts.includes(textOf(item)))
}

/** @returns what a property is after an operation; null for none */
function applied(operation: string, before: Json, value: Json): Json {
  if (operation === 'set') return value
  if (value === null) return before
  switch (operation) {
    case 'set_once':
      return before ?? value
    case 'union':
      return itemsOf(value).reduce<Json[]>(
        (items, item) => (without([item], items).length === 0 ? items : [...items, item]),
        before === null ? [] : [...itemsOf(before)],
      )
    case 'remove':
      return Array.isArray(before) ? without(itemsOf(before), itemsOf(value)) : before
    case 'add':
      if (typeof value !== 'number' || (before !== null && typeof before !== 'number')) return before
      return (before ?? 0) + value
    default:
      throw new RangeError(operation)
  }
}

const NAMES = ['plan', 'tags', 'Tags', 'the "x"', "o'brien"]

const VALUES: readonly Json[] = [
  null,
  'pro',
  'a',
  '1',
  1,
  2.5,
  true,
  [],
  ['a', 'b', 'a'],
  [1, '1', null, { b: 1, a: [2] }],
  { b: 1, a: [2] },
  { a: [2], b: 1 },
]

/** @param random between 0 and 1, 1 excluded */
export function randomOperations(random: () => number, groups: number): OperationRow[] {
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  const some = () => Array.from({ length: Math.floor(random() * 3) }, () => one(NAMES))
  const object = (operation: string): Json => {
    if (operation === 'delete') return null
    if (operation === 'unset') return [...new Set(some())]
    if (random() < 0.05) return null
    return Object.fromEntries(some().map((name) => [name, one(VALUES)]))
  }
  const operations = [
    ...['set', 'set', 'set', 'set_once', 'set_once', 'union', 'union', 'union'],
    ...['remove', 'remove', 'unset', 'add', 'add', 'delete'],
  ]
  const start = Date.UTC(2024, 2, 10)
  // Few instants make many ties; many make none.
  const time = (instants: number) => (random() < 0.03 ? null : start + Math.floor(random() * instants) * 1000)
  const rows = Array.from({ length: groups }, (_, n) => {
    const instants = one([2, 5, 10_000])
    return Array.from({ length: 1 + Math.floor(random() * 12) }, (_unused, i): OperationRow => {
      const operation = one(operations)
      return {
        group: `g${n}`,
        operation,
        object: object(operation),
        updatedAt: time(instants),
        ingestedAt: time(2),
        insertId: random() < 0.5 ? null : `${n}-${i}`,
      }
    })
  }).flat()
  const resent = rows.filter(() => random() < 0.1).map((row) => ({ ...row, ingestedAt: time(5) }))
  return [...rows, ...resent]
    .map((row) => [random(), row] as const)
    .sort(([a], [b]) => a - b)
    .map(([, row]) => row)
}
