/** gwh's rules for attribution and uniques as plain loops, to hold the SQL against. Written from the rules, not from the SQL. */
export interface LogRow {
  readonly event: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly user: string | null
  readonly insert: string | null
  readonly arrived: number
  readonly company: unknown
}

export interface OracleOptions {
  readonly timezone: string
  readonly weekStart: 'monday' | 'sunday'
  readonly services: readonly string[]
  readonly excluded: readonly string[]
  readonly registeredAt?: number | undefined
}

export interface OracleEvent {
  readonly event: string
  readonly at: number
  readonly day: string
  readonly user: string | null
  readonly companies: readonly string[]
  /** Rows that were this event. */
  readonly copies: number
  /** It carries ids, but before the key was registered. */
  readonly outside: boolean
  /** The value of the group key as it was written. */
  readonly company: unknown
}

/** The events that are left after deduplication, with their groups. */
export function eventsOf(rows: readonly LogRow[], o: OracleOptions): OracleEvent[] {
  const latest = new Map<string, LogRow & { copies: number }>()
  const kept: (LogRow & { copies: number })[] = []
  for (const row of rows.filter((r) => !o.excluded.includes(r.event))) {
    if (row.insert === null || row.insert === '') {
      kept.push({ ...row, copies: 1 })
      continue
    }
    const key = JSON.stringify([row.event, row.user === '' ? null : row.user, row.at, row.insert])
    const earlier = latest.get(key)
    const copies = (earlier?.copies ?? 0) + 1
    latest.set(key, { ...(earlier && earlier.arrived > row.arrived ? earlier : row), copies })
  }
  const early = (row: LogRow) => o.registeredAt !== undefined && row.at < o.registeredAt
  return [...kept, ...latest.values()].map((row) => ({
    event: row.event,
    at: row.at,
    day: localDay(row.at, o.timezone),
    user: row.user === null || row.user === '' || o.services.includes(row.user) ? null : row.user,
    companies: early(row) ? [] : ids(row.company),
    copies: row.copies,
    outside: early(row) && ids(row.company).length > 0,
    company: row.company,
  }))
}

/** The distinct ids of a value in any of the forms that sources write. */
export function ids(value: unknown): string[] {
  const found = new Set(scalars(value).flatMap((scalar) => (scalar === '' ? [] : [scalar])))
  return [...found].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function scalars(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(scalar)
  if (typeof value === 'string' && value.startsWith('[') && value.endsWith(']')) {
    try {
      const parsed: unknown = JSON.parse(value)
      if (Array.isArray(parsed)) return parsed.flatMap(scalar)
    } catch {
      return value
        .slice(1, -1)
        .split(',')
        .map((part) => part.trim())
    }
  }
  return scalar(value)
}

function scalar(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'number' || typeof value === 'boolean' ? [String(value)] : []
}

/** `2024-01-31` in a time zone, by JavaScript's own calendar. */
export function localDay(at: number, timezone: string): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(at)
}

export interface Uniques {
  readonly groups: number
  readonly groupUsers: number
  readonly groupEvents: number
  readonly users: number
  readonly events: number
}

/** Uniques by `day|week|month start`. */
export function uniquesOf(events: readonly OracleEvent[], o: OracleOptions): Map<string, Uniques> {
  const result = new Map<string, Uniques>()
  for (const period of ['day', 'week', 'month'] as const) {
    const starts = new Set(events.map((e) => periodStart(e.day, period, o.weekStart)))
    for (const start of starts) {
      const inside = events.filter((e) => periodStart(e.day, period, o.weekStart) === start)
      const grouped = inside.filter((e) => e.companies.length > 0)
      const users = (list: readonly OracleEvent[]) => new Set(list.flatMap((e) => e.user ?? [])).size
      result.set(`${period} ${start}`, {
        groups: new Set(grouped.flatMap((e) => e.companies)).size,
        groupUsers: users(grouped),
        groupEvents: grouped.length,
        users: users(inside),
        events: inside.length,
      })
    }
  }
  return result
}

function periodStart(day: string, period: 'day' | 'week' | 'month', weekStart: 'monday' | 'sunday'): string {
  if (period === 'day') return day
  if (period === 'month') return `${day.slice(0, 7)}-01`
  const date = new Date(`${day}T00:00:00Z`)
  const sinceStart = weekStart === 'sunday' ? date.getUTCDay() : (date.getUTCDay() + 6) % 7
  date.setUTCDate(date.getUTCDate() - sinceStart)
  return date.toISOString().slice(0, 10)
}

export interface Link {
  readonly events: number
  readonly first: number
  readonly last: number
}

/** Links by `user company`. */
export function linksOf(events: readonly OracleEvent[]): Map<string, Link> {
  const links = new Map<string, Link>()
  for (const { user, companies, at } of events) {
    if (user === null) continue
    for (const company of companies) {
      const key = JSON.stringify([user, company])
      const link = links.get(key) ?? { events: 0, first: at, last: at }
      links.set(key, {
        events: link.events + 1,
        first: Math.min(link.first, at),
        last: Math.max(link.last, at),
      })
    }
  }
  return links
}

/** `event day` → the row of `event_days`. */
export function eventDaysOf(events: readonly OracleEvent[]): Map<string, object> {
  return new Map(
    grouped(events, ({ event, day }) => `${event} ${day}`).map(([key, of]) => [
      key,
      { events: of.length, received: sum(of.map(({ copies }) => copies)), ...span(of) },
    ]),
  )
}

/** `company event day` → the row of `group_days`. */
export function groupDaysOf(events: readonly OracleEvent[]): Map<string, object> {
  const seen = events.flatMap((event) => event.companies.map((company) => ({ ...event, group: company })))
  const key = ({ group, event, day }: (typeof seen)[number]) => JSON.stringify([group, event, day])
  return new Map(
    grouped(seen, key).map(([name, of]) => [
      name,
      {
        events: of.length,
        received: sum(of.map(({ copies }) => copies)),
        users: new Set(of.flatMap(({ user }) => user ?? [])).size,
        ...span(of),
      },
    ]),
  )
}

/** `event day` → the row of `attribution_days`, where there is anything to count. */
export function attributionDaysOf(
  events: readonly OracleEvent[],
  { registeredAt = -Infinity }: OracleOptions,
): Map<string, object> {
  const counted = events.filter(({ at, outside }) => outside || at >= registeredAt)
  return new Map(
    grouped(counted, ({ event, day }) => `${event} ${day}`).map(([key, of]) => [
      key,
      {
        events: of.filter(({ at }) => at >= registeredAt).length,
        attributed: of.filter(({ companies }) => companies.length > 0).length,
        outside: of.filter(({ outside }) => outside).length,
      },
    ]),
  )
}

/** The row of `event_properties` for the value of the group key; undefined where no event has one. */
export function propertyOf(events: readonly OracleEvent[]): object | undefined {
  const having = events.filter(({ company }) => company !== null)
  if (having.length === 0) return undefined
  const of = (is: (value: unknown) => boolean) => having.filter(({ company }) => is(company)).length
  const lengths = having.flatMap(({ company }) => {
    if (typeof company === 'string') return Buffer.byteLength(company)
    return typeof company === 'object' ? Buffer.byteLength(JSON.stringify(company)) : []
  })
  return {
    events: having.length,
    texts: of((value) => typeof value === 'string'),
    numbers: of((value) => typeof value === 'number'),
    booleans: of((value) => typeof value === 'boolean'),
    lists: of(Array.isArray),
    objects: of((value) => typeof value === 'object' && !Array.isArray(value)),
    nulls: 0,
    longest: lengths.length === 0 ? null : Math.max(...lengths),
    ...span(having),
  }
}

function grouped<Item>(items: readonly Item[], key: (item: Item) => string): [string, Item[]][] {
  const groups = new Map<string, Item[]>()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return [...groups]
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

const span = (events: readonly OracleEvent[]) => ({
  first: Math.min(...events.map(({ at }) => at)),
  last: Math.max(...events.map(({ at }) => at)),
})
