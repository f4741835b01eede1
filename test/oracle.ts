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
}

/** The events that are left after deduplication, with their groups. */
export function eventsOf(rows: readonly LogRow[], o: OracleOptions): OracleEvent[] {
  const latest = new Map<string, LogRow>()
  const kept: LogRow[] = []
  for (const row of rows.filter((r) => !o.excluded.includes(r.event))) {
    if (row.insert === null || row.insert === '') {
      kept.push(row)
      continue
    }
    const key = JSON.stringify([row.event, row.user === '' ? null : row.user, row.at, row.insert])
    const earlier = latest.get(key)
    if (earlier === undefined || row.arrived > earlier.arrived) latest.set(key, row)
  }
  return [...kept, ...latest.values()].map((row) => ({
    event: row.event,
    at: row.at,
    day: localDay(row.at, o.timezone),
    user: row.user === null || row.user === '' || o.services.includes(row.user) ? null : row.user,
    companies: o.registeredAt !== undefined && row.at < o.registeredAt ? [] : ids(row.company),
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
