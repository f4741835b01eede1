/** Why a part of a report finds nothing, as SQL: one row for each part that finds nothing, unless another check says why. */
import { belongsNow } from '../graph/belonging.ts'
import type { Catalog } from '../graph/catalog.ts'
import type { ModelContext } from '../graph/model.ts'
import { sharedSql } from '../graph/shared_sql.ts'
import type { Ask, Part } from '../graph/report_parts.ts'
import type { Path } from '../project/path.ts'
import { isTime } from '../project/report_schema.ts'
import { identifier, join, literal, sql, type Sql } from '../sql/sql.ts'
import { toldOfAsk, toldOfGroups } from './part_told.ts'
import {
  aloneText,
  hasDays,
  nobodyText,
  outsideText,
  partText,
  togetherText,
  unlinkedText,
} from './part_words.ts'

/** What `explain` puts into words with the numbers of the row. */
export const OUT_OF_RANGE = 'all of them lie outside of the range'

/** A condition on the counts of a part, and what is so where it is the first that holds. */
interface Reason {
  readonly when: Sql
  readonly path: Path
  /** Undefined where another check says it, or nothing is wrong. */
  readonly text: string | undefined
  /** A query of one text: what there is instead. */
  readonly instead?: Sql | undefined
  readonly isOutOfRange?: boolean
}

/** More than this are not held against one another two by two. */
const MOST_PAIRED = 6

/**
 * The rows `nth`, `place`, `part`, `reason`, `instead`; where a part has a range, `events`, `early`, `first_at` and
 * `last_at` too.
 * @param wanted places of the parts to look for; what all parts share is wanted only where each of them is
 */
export function partFindings(
  parts: readonly Part[],
  c: ModelContext,
  wanted: ReadonlySet<number> = new Set(parts.keys()),
): Sql {
  const ctes: Sql[] = []
  const found: Sql[] = []
  const isRanged = parts.some(hasRange)
  for (const [nth, part] of parts.entries()) {
    if (!wanted.has(nth)) continue
    const whole = parts.findIndex((other) => other.whole === true && isBySame(other, part))
    const shared = whole !== nth && wanted.has(whole)
    ctes.push(counted(part, nth, isRanged, c), finding(part, nth, isRanged, c))
    found.push(sql`
      select *
      from ${name('finding', nth)}
      ${shared ? sql`where not exists (select 1 from ${name('finding', whole)})` : sql``}
    `)
  }
  return sql`
    with
    ${join(ctes, ',\n')}
    select *
    from (
      ${join(found, '\nunion all\n')}
    ) as findings
    order by nth
  `
}

const hasRange = ({ range }: Part): boolean => range.from !== undefined || range.to !== undefined

const isBySame = (a: Part, b: Part): boolean =>
  a.by.kind === 'user' ? b.by.kind === 'user' : b.by.kind === 'group' && a.by.key.name === b.by.key.name

const name = (what: string, i: number): Sql => identifier(`${what}_${i + 1}`)

/** A condition: the report shows that the part was found. */
export const isSeen = ({ seen }: Part, c: ModelContext): Sql =>
  join(
    seen.map(({ model, when }) => sql`exists (select 1 from ${c.ref(model)} where ${when})`),
    '\nor ',
  )

/** A condition: the report does not show it. */
export const isUnseen = (part: Part, c: ModelContext): Sql =>
  part.seen.length === 1
    ? sql`not ${isSeen(part, c)}`
    : sql`
        not (
          ${isSeen(part, c)}
        )
      `

const always = (conditions: readonly Sql[]): Sql =>
  conditions.length === 0 ? sql`true` : sql`coalesce(${join(conditions, ' and ')}, false)`

const holds = (i: number): Sql => name('holds', i)

/**
 * How many events hold what is asked, alone and together: what the reasons ask for, and no more.
 * @param isRanged how many there are and when they were, too
 */
function counted(part: Part, nth: number, isRanged: boolean, c: ModelContext): Sql {
  const { asks, among, last } = part
  const [from, to] = [part.from(c), part.to(c)]
  const columns = [
    ...(isRanged ? [sql`event_id`, sql`occurred_at`] : []),
    ...asks.map((ask, i) => sql`${always([ask.holds(c)])} as ${holds(i)}`),
    ...(from.length > 0 ? [sql`${always(from)} as is_begun`] : []),
    ...(to.length > 0 ? [sql`${always(to)} as is_not_over`] : []),
    ...(last ? [sql`${always([last.holds(c)])} as holds_last`] : []),
  ]
  const whole = asks.map((_, i) => holds(i))
  const inRange = [
    ...whole,
    ...(from.length > 0 ? [sql`is_begun`] : []),
    ...(to.length > 0 ? [sql`is_not_over`] : []),
  ]
  const every = (conditions: readonly Sql[]) =>
    conditions.length === 0 ? sql`true` : join(conditions, ' and ')
  const any = (conditions: readonly Sql[], as: Sql) =>
    sql`coalesce(bool_or(${every(conditions)}), false) as ${as}`
  const onlyWhole = (value: Sql) =>
    whole.length === 0 ? value : sql`case when ${every(whole)} then ${value} end`
  // said as the range is: days are those of the project
  const whenOf = (at: Sql) => (hasDays(part.range) ? c.fn.localDay(at, c.catalog.project.timezone) : at)
  const early =
    from.length === 0
      ? sql`cast(null as ${c.fn.type('text')})`
      : sql`case when ${every([...whole, sql`not is_begun`])} then event_id end`
  const counts = [
    sql`count(*) as looked_at`,
    ...asks.map((_, i) => any([holds(i)], name('any', i))),
    ...pairs(asks).map(([i, j]) => any([holds(i), holds(j)], pairName(i, j))),
    ...(asks.length > 2 ? [any(whole, sql`any_whole`)] : []),
    ...(hasRange(part) ? [any(inRange, sql`any_in_range`)] : []),
    ...(last ? [any([...inRange, sql`holds_last`], sql`any_last`)] : []),
    ...(isRanged
      ? [
          sql`count(distinct ${onlyWhole(sql`event_id`)}) as events`,
          sql`count(distinct ${early}) as early`,
          sql`${whenOf(sql`min(${onlyWhole(sql`occurred_at`)})`)} as first_at`,
          sql`${whenOf(sql`max(${onlyWhole(sql`occurred_at`)})`)} as last_at`,
        ]
      : []),
  ]
  return sql`
    ${name('counted', nth)} as (
      select
        ${join(counts, ',\n')}
      from (
        ${part.rows(columns, [isUnseen(part, c), ...(among ? [among(c)] : [])], c)}
        ${columns.length > 0 ? c.fn.once : sql``}
      ) as looked_at
    )
  `
}

const pairName = (i: number, j: number): Sql => identifier(`any_${i + 1}_and_${j + 1}`)

function pairs(asks: readonly Ask[]): [number, number][] {
  if (asks.length < 2 || asks.length > MOST_PAIRED) return []
  return asks.flatMap((_, j) => asks.slice(0, j).map((__, i): [number, number] => [i, j]))
}

/** The first reason that holds, as a row; none where all is well or is said elsewhere. */
function finding(part: Part, nth: number, isRanged: boolean, c: ModelContext): Sql {
  const { catalog } = c
  const reasons = reasonsOf(part, c)
  const places = [...new Set(reasons.map(({ path }) => placeOf(path, catalog)))]
  const cases = (value: (reason: Reason, i: number) => Sql | undefined) => {
    const branches = reasons.flatMap((reason, i) => {
      const then = value(reason, i)
      return then === undefined ? [] : [sql`when ${literal(i)} then ${then}`]
    })
    return branches.length === 0
      ? sql`cast(null as ${c.fn.type('text')})`
      : sql`
          case failed
            ${join(branches, '\n')}
          end
        `
  }
  const failed = reasons.map(
    ({ when, text }, i) => sql`when ${when} then ${literal(text === undefined ? null : i)}`,
  )
  const numbers = reasons.flatMap(({ isOutOfRange }, i) => (isOutOfRange ? [literal(i)] : []))
  const ofRange = (column: Sql) =>
    numbers.length === 0
      ? column
      : sql`case when failed in (${join(numbers, ', ')}) then ${column} end as ${column}`
  const columns = [
    sql`${literal(nth)} as nth`,
    sql`${places.length === 1 ? literal(places[0] ?? '') : cases(({ path }) => literal(placeOf(path, catalog)))} as place`,
    sql`${literal(partText(part))} as part`,
    sql`${cases(({ text }) => (text === undefined ? undefined : literal(text)))} as reason`,
    sql`${cases(({ instead }) => instead)} as instead`,
    ...(isRanged ? [sql`events`, sql`early`, sql`first_at`, sql`last_at`].map(ofRange) : []),
  ]
  return sql`
    ${name('finding', nth)} as (
      select
        ${join(columns, ',\n')}
      from (
        select
          *,
          case
            ${join(failed, '\n')}
          end as failed
        from ${name('counted', nth)}
        where ${isUnseen(part, c)}
          and ${happens(part, c)}
      ) as judged
      where failed is not null
    )
  `
}

export const placeOf = (path: Path, { project }: Catalog): string => {
  const { file, line } = project.locate(path)
  return `${file}:${line}`
}

/** An event that never happens is told of by name. */
const happens = ({ event }: Part, { ref }: ModelContext): Sql =>
  sql`exists (select 1 from ${ref('events_daily')}${event === undefined ? sql`` : sql` where event_name = ${literal(event)}`})`

function reasonsOf(part: Part, c: ModelContext): Reason[] {
  const { path, asks, among, last, enough, otherwise } = part
  const nothing = sql`looked_at = 0`
  const told = asks.flatMap((ask, i): Reason[] => {
    const when = toldOfAsk(ask, part, c)
    return when === undefined ? [] : [{ when: sql`not ${name('any', i)} and ${when}`, path, text: undefined }]
  })
  return [
    // what it looks among is nothing, and that is said there
    ...(among ? [{ when: nothing, path, text: undefined }] : nobody(part, nothing, c)),
    ...told,
    ...asks.flatMap((ask, i) => alone(part, ask, name('any', i), c)),
    ...pairs(asks).map(([i, j]) => ({
      when: sql`not ${pairName(i, j)}`,
      path: asks[j]?.path ?? path,
      text: togetherText(
        part,
        asks.filter((_, k) => k === i || k === j),
      ),
    })),
    ...(asks.length > 2
      ? [{ when: sql`not any_whole`, path: asks.at(-1)?.path ?? path, text: togetherText(part, asks) }]
      : []),
    ...outOfRange(part),
    ...(last ? [{ when: sql`not any_last`, path, text: last.reason }] : []),
    ...(enough ? [{ when: hasNotEnough(part, enough, c), path, text: enough.reason }] : []),
    ...(otherwise === undefined ? [] : [{ when: sql`true`, path, text: otherwise }]),
  ]
}

/** Told of at the bound that leaves the events out. */
function outOfRange({ path, range }: Part): Reason[] {
  // that of the report is the start of any of its own
  const at = (bound: 'from' | 'to'): Path => [...path.slice(0, 2), 'range', bound]
  const bounds = (['from', 'to'] as const).filter((bound) => range[bound] !== undefined)
  return bounds.map((bound) => ({
    when: sql`not any_in_range${bound === 'from' ? sql` and early > 0` : sql``}`,
    path: at(bound),
    text: OUT_OF_RANGE,
    isOutOfRange: true,
  }))
}

function nobody(part: Part, nothing: Sql, c: ModelContext): Reason[] {
  const { path, by, event } = part
  if (by.kind === 'user') return [{ when: nothing, path, text: nobodyText(part) }]
  const outside = isOutside({ key: by.key.name, event }, c)
  return [
    { when: sql`${nothing} and ${outside}`, path, text: outsideText(part) },
    { when: sql`${nothing} and ${toldOfGroups(by.key.name, event, c)}`, path, text: undefined },
    { when: nothing, path, text: nobodyText(part) },
  ]
}

interface Carried {
  readonly key: string
  readonly event: string | undefined
}

/** A condition: there are events with groups of a time at which their key does not count. */
const isOutside = sharedSql(
  ({ key, event }: Carried, { ref }) => sql`
    exists (
      select 1
      from ${ref('attribution_daily')}
      where group_key = ${literal(key)} and outside_registration > 0${event === undefined ? sql`` : sql` and event_name = ${literal(event)}`}
    )
  `,
)

function alone(part: Part, ask: Ask, any: Sql, c: ModelContext): Reason[] {
  const { path, filter } = ask
  const when = sql`not ${any}`
  const said = { when, path, text: aloneText(part, ask), instead: insteadOf(ask, c) }
  if (filter?.through !== 'user') return [said]
  return [
    {
      when: sql`${when} and not exists (${linksOf(filter.of, c)})`,
      path,
      text: unlinkedText(filter),
    },
    said,
  ]
}

/** A query with a row for each group of the key that a profile of a user names. */
export const linksOf = (key: string, c: ModelContext): Sql =>
  sql`select 1 from ${c.ref('user_groups')} where group_key = ${literal(key)} and ${belongsNow(c.catalog)}`

/** How many values are named. */
const NAMED = 3

/** `'A', 'C'`, or from the least to the greatest of numbers and times, or a value that is none; empty where there is no value. */
function insteadOf({ filter, values }: Ask, c: ModelContext): Sql | undefined {
  if (filter === undefined || values === undefined || filter.op === 'is_null' || filter.op === 'is_not_null')
    return undefined
  const { fn } = c
  const rows = values(c)
  if (filter.op === 'gt' || filter.op === 'gte' || filter.op === 'lt' || filter.op === 'lte') {
    const given = filter.value === undefined ? '' : ([filter.value].flat()[0]?.text ?? '')
    const [type, noun] = isTime(given) ? (['timestamp', 'time'] as const) : (['number', 'number'] as const)
    const typed = fn.typed(sql`value`, type)
    const ends = (value: Sql) => fn.valueText(value)
    return sql`
      (
        select coalesce(case when least_value = most_value then ${ends(sql`least_value`)} else ${ends(sql`least_value`)} || ' to ' || ${ends(sql`most_value`)} end, '''' || example || ''', which is no ' || ${literal(noun)}, '')
        from (
          select min(typed_value) as least_value, max(typed_value) as most_value, min(${fn.byBytes(sql`value`)}) as example
          from (
            select ${typed} as typed_value, value
            from (
              ${rows}
            ) as its_values
          ) as typed_values
        ) as bounds
      )
    `
  }
  return sql`
    (
      select coalesce(string_agg(case when place <= ${literal(NAMED)} then '''' || value || '''' else 'others' end, ', ' order by place), '')
      from (
        select value, row_number() over (order by ${fn.byBytes(sql`value`)}) as place
        from (
          ${rows}
        ) as its_values
        order by ${fn.byBytes(sql`value`)}
        limit ${literal(NAMED + 1)}
      ) as first_values
    )
  `
}

/** A condition: of those that hold all of this, nobody has so many. */
function hasNotEnough(part: Part, { times, within }: NonNullable<Part['enough']>, c: ModelContext): Sql {
  const who = part.by.kind === 'user' ? sql`user_id` : sql`group_id`
  const keys = within(c)
  const named = keys.map((key, i) => sql`${key} as ${name('key', i)}`)
  const conditions = [
    ...(part.among ? [part.among(c)] : []),
    ...part.asks.map((ask) => ask.holds(c)),
    ...part.from(c),
    ...part.to(c),
  ]
  return sql`
    not exists (
      select 1
      from (
        ${part.rows(named, conditions, c)}
      ) as counting
      group by ${join([who, ...keys.map((_, i) => name('key', i))], ', ')}
      having count(*) >= ${literal(times)}
    )
  `
}
