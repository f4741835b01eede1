/** The parts of a report, with the SQL that the report itself is made with. */
import type { ModelContext } from '../../src/graph/model.ts'
import type { Report } from '../../src/graph/report.ts'
import type { Entity } from '../../src/graph/entity.ts'
import type { Path } from '../../src/project/path.ts'
import type { Ask, Part, Seen } from '../../src/graph/report_parts.ts'
import type { Breakdown, Condition, Filter, Property } from '../../src/project/report_schema.ts'
import { sharedSql } from '../../src/graph/shared_sql.ts'
import { withFields } from '../../src/graph/with_fields.ts'
import { join, literal, sql, type Sql } from '../../src/sql/sql.ts'
import { allOf, byName, entityColumn, eventNames, filterSql, needsProperties } from './conditions.ts'
import { fromRange, toRange } from './periods.ts'
import { entityEvents, segmentColumns, withSegment } from './stream.ts'

/** A part as a type of report says it; the rest follows from the report. */
export interface PartOptions extends Pick<Part, 'last' | 'enough' | 'otherwise' | 'among' | 'whole'> {
  readonly name?: string
  readonly path?: Path
  readonly by: Entity
  readonly condition: Pick<Condition, 'event'>
  readonly asks: readonly Ask[]
  /** Default: the days or instants of the range themselves. */
  readonly from?: Part['from']
  readonly to?: Part['to']
  /** Names of the events to look among, where they are those of several parts. */
  readonly events?: readonly string[] | undefined
  readonly seen: readonly Seen[]
}

export function partOf(report: Report, options: PartOptions): Part {
  const { by, condition, asks, among } = options
  const filters = asks.flatMap(({ filter }) => (filter ? [filter] : []))
  const events = 'events' in options ? options.events : eventNames([condition as Condition])
  // what it is held against may read them
  const properties = among !== undefined || needsProperties(filters)
  return withFields(options, {
    name: options.name ?? '',
    path: [...report.path, ...(options.path ?? [])],
    event: condition.event,
    range: report.range,
    from: options.from ?? ((c) => fromRange(report.range, c)),
    to: options.to ?? ((c) => toRange(report.range, c)),
    rows: (columns, where, c) => entityEvents({ by, columns, where, events, properties }, c),
  } satisfies Partial<Part>)
}

export interface AskPlace {
  readonly by: Entity
  readonly condition: Pick<Condition, 'event'>
  readonly path: Path
  readonly own: boolean
}

/** A filter of a part, at its place in the project. */
export function askOf(filter: Filter, { by, condition, path, own }: AskPlace): Ask {
  return {
    path,
    filter,
    own,
    holds: (c) => filterSql(filter, by, c),
    values: (c) => valuesOf({ property: pick(filter), by, event: condition.event }, c),
  }
}

/** The filters of a part: those of the report, and its own under `path` of the report. */
export function asksOf(report: Report, by: Entity, condition: Condition, path: Path): Ask[] {
  const at = (where: readonly Filter[], under: Path, own: boolean) =>
    where.map((filter, i) =>
      askOf(filter, { by, condition, path: [...report.path, ...under, 'where', i], own }),
    )
  return [...at(report.where, [], false), ...at(condition.where, path, true)]
}

/** That a property is there, though no filter says so. */
export const isThere = (property: Property, place: AskPlace, because?: string): Ask =>
  withFields(askOf(withFields(pick(property), { op: 'is_not_null', value: undefined }), place), { because })

const pick = ({ property, of, through, properties }: Property): Property => ({
  property,
  of,
  through,
  properties,
})

/** Somebody who is known did it. */
export const hasUser = (report: Report): Ask => ({
  path: report.path,
  own: false,
  said: 'a user',
  holds: () => sql`user_id is not null`,
})

interface Valued {
  readonly property: Property
  readonly by: Entity
  readonly event: string | undefined
}

/** A `select` of `value`: those that a property has on the events. */
const valuesOf = sharedSql(({ property, by, event }: Valued, c) => {
  const stream = entityEvents(
    {
      by,
      columns: segmentColumns(property, by, c),
      where: [],
      events: event === undefined ? undefined : [event],
      properties: property.of === 'event',
    },
    c,
  )
  const read = sql`
    (
      ${stream}
    )
  `
  return sql`
    select distinct segment as value
    from (
      ${withSegment(read, [entityColumn(by)], property, by, c)}
    ) as segmented
    where segment <> ''
  `
})

/** What an event is that a part finds: its name, all that is asked of it, and the range. */
function isFound({ event, asks, from, to }: Part, c: ModelContext): Sql {
  return (
    allOf([
      ...(event === undefined ? [] : [sql`event_name = ${literal(event)}`]),
      ...asks.map((ask) => ask.holds(c)),
      ...from(c),
      ...to(c),
    ]) ?? sql`true`
  )
}

/** What holds of an event that any of these parts finds. */
export const anyOf =
  (parts: readonly Part[]) =>
  (c: ModelContext): Sql =>
    sql`(${join(
      parts.map((part) => sql`coalesce(${isFound(part, c)}, false)`),
      ' or ',
    )})`

/** What a breakdown takes apart, and that it is there on what any of these parts finds. */
export function breakdownOf(
  report: Report,
  breakdown: Breakdown,
  parts: readonly Part[],
  seen: readonly Seen[],
  name = 'the breakdown',
): Part[] {
  const [first] = parts
  if (first === undefined) return []
  const condition = { event: parts.length === 1 ? first.event : undefined }
  const named = parts.map(({ event }) => event)
  return [
    partOf(report, {
      name,
      path: ['breakdown'],
      by: first.by,
      condition,
      events: named.includes(undefined) ? undefined : [...new Set(named as string[])],
      asks: [isThere(breakdown, { by: first.by, condition, path: [...report.path, 'breakdown'], own: true })],
      // they are in the range already
      from: () => [],
      to: () => [],
      among: anyOf(parts),
      seen,
    }),
  ]
}

/** What all parts of a report share, looked for once, so that it is not said of each of them. */
export function withWhole(report: Report, parts: readonly Part[]): Part[] {
  const kinds = [...new Set(parts.map(({ by }) => byName(by)))]
  const wholes = kinds.flatMap((kind) => {
    const ofKind = parts.filter(({ by }) => byName(by) === kind)
    const [first] = ofKind
    if (first === undefined || ofKind.length < 2) return []
    const condition = { event: undefined }
    const shared = first.asks.filter(({ own }) => !own)
    return [
      partOf(report, {
        name: 'the report',
        by: first.by,
        condition,
        asks: shared.map((ask) =>
          ask.filter
            ? withFields(askOf(ask.filter, { by: first.by, condition, path: ask.path, own: false }), {
                because: ask.because,
              })
            : ask,
        ),
        from: (c) => anyRange(ofKind.map(({ from }) => from(c))),
        to: (c) => anyRange(ofKind.map(({ to }) => to(c))),
        whole: true,
        seen: ofKind.flatMap(({ seen }) => seen),
      }),
    ]
  })
  return [...wholes, ...parts]
}

/** The range of any of several parts: without one of them that is not bounded. */
function anyRange(ranges: readonly (readonly Sql[])[]): Sql[] {
  const conditions = ranges.map((range) => allOf(range))
  if (conditions.some((condition) => condition === undefined)) return []
  return [
    sql`(${join(
      conditions.flatMap((condition) => (condition ? [condition] : [])),
      ' or ',
    )})`,
  ]
}
