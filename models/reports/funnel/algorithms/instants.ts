/**
 * Every attempt of an ordered or strict funnel with all that can happen to it: several steps at one instant,
 * interruptions, exclusions, a sequel. Attempts move over instants, so that it does not matter in which order
 * the events of one instant arrived.
 */
import { identifier, join, literal, sql, toText, type Sql } from '../../../../src/sql/sql.ts'
import { cte, materialized } from '../../../lib/ctes.ts'
import { allOf } from '../../conditions.ts'
import { bestOf } from '../best_attempt.ts'
import { INTERRUPTED, isAnyStep, isExclusion, isStep, stepTime, whoseEntries, type Funnel } from '../names.ts'
import { classesOf, groupsOf, setOf, setsOf, setsOfOptional, type CountedSet } from '../shared_events.ts'
import { sharesEvents, type FunnelSpec } from '../spec.ts'
import { accepted, refused, type Algorithm, type Judgement } from './algorithm.ts'
import { oneAfterAnother } from './one_after_another.ts'

export const instantByInstant: Algorithm = { name: 'instant by instant', judge, ctes }

function judge(spec: FunnelSpec): Judgement {
  const { options } = spec
  if (options.order === 'unordered') return refused('the order is unordered')
  const reasons = [
    ...(options.order === 'strict' ? ['any other event interrupts'] : []),
    ...(options.entry === 'every' ? ['every attempt counts'] : []),
    ...(options.exclusions.length > 0 ? ['events between the steps exclude'] : []),
    ...(sharesEvents(spec) ? ['one event may be two of the steps'] : []),
  ]
  return accepted(reasons.length === 0 ? 'it follows any order of steps' : reasons.join(' and '))
}

function ctes(funnel: Funnel): Sql[] {
  const { required, options } = funnel
  const found = [materialized(sql`instants`, instants(funnel)), cte(sql`attempts_1`, entries(funnel))]
  let last = sql`attempts_1`
  for (const [i, step] of required.entries()) {
    const next = required[i + 1]
    if (next === undefined) break
    found.push(...advance(funnel, last, step, next))
    last = identifier(`attempts_${next}`)
  }
  if (canGoOn(funnel)) {
    found.push(...interruptedAtLast(funnel, last))
    last = sql`interrupted_attempts`
  }
  if (options.exclusions.length > 0) {
    found.push(...excluded(funnel, last))
    last = sql`attempts_with_exclusions`
  }
  return [...found, ...(options.entry === 'every' ? oneAfterAnother(funnel, last) : chosen(funnel, last))]
}

const unique = <T>(items: readonly T[], of: (item: T) => string): T[] => [
  ...new Map(items.map((item) => [of(item), item])).values(),
]

const nameOf = ({ name }: CountedSet): string => toText(name)

const run = (step: number): Sql => identifier(`from_step_${step}`)
const interrupts = (step: number): Sql => identifier(`interrupts_before_${step}`)
const INTERRUPTS_AT_LAST = sql`interrupts_after_conversion`

/**
 * One row per instant: for each step the furthest step that an attempt gets to here when it comes in at this
 * one. Each event fills one step, so a run of steps needs as many events as steps.
 */
function instants(funnel: Funnel): Sql {
  const { keys, options, required } = funnel
  const strict = options.order === 'strict'
  const counts = countedSets(funnel)
  const kept = keptSets(funnel)
  const later = required.slice(1)
  const columns = [
    ...keys,
    sql`happened_us`,
    ...required.map((step) => sql`${runFrom(funnel, step, counts)} as ${run(step)}`),
    ...(strict ? later.map((step) => sql`${isInterruption(funnel, step)} as ${interrupts(step)}`) : []),
    ...(canGoOn(funnel) ? [sql`${isInterruption(funnel)} as ${INTERRUPTS_AT_LAST}`] : []),
    ...kept.map(({ name }) => name),
  ]
  const all = unique([...counts, ...kept], nameOf)
  const optional = strict ? skippable(funnel).map((n) => setOf([n])) : []
  const others = optional.filter((set) => !all.map(nameOf).includes(nameOf(set)))
  const count = ({ name, steps }: CountedSet) =>
    sql`count(*) filter (where ${isAnyStep(funnel, steps)}) as ${name}`
  const counted = [
    ...keys,
    sql`happened_us`,
    ...all.map(count),
    ...(strict ? [sql`count(*) as events`] : []),
    ...others.map(count),
  ]
  return sql`
    select
      ${join(columns, ',\n')}
    from (
      select
        ${join(counted, ',\n')}
      from ${funnel.events}
      ${strict ? sql`` : sql`where ${isAnyStep(funnel, unique([...required, ...kept.flatMap(({ steps }) => steps)], String))}`}
      group by ${join([...keys, sql`happened_us`], ', ')}
    ) as events_of_instants
  `
}

/** The sets of required steps whose events are counted. */
function countedSets(funnel: Funnel): CountedSet[] {
  return groupsOf(funnel, funnel.required).flatMap((group) =>
    sharesEvents(funnel) ? setsOf(funnel, group) : classesOf(funnel, group).map(setOf),
  )
}

/** Sets whose counts are wanted later on, to see whether a step that can be skipped has an event at an instant. */
function keptSets(funnel: Funnel): CountedSet[] {
  const sets = skippable(funnel).flatMap((n) => setsOfOptional(funnel, n))
  return unique(sets, nameOf)
}

function runFrom(funnel: Funnel, step: number, counts: readonly CountedSet[]): Sql {
  const { required, options } = funnel
  const own = counts.find(({ steps }) => steps.includes(step))
  const present = sql`${own?.name ?? sql`events`} > 0`
  if (options.strictly_increasing) return sql`case when ${present} then ${literal(step)} end`
  if (counts.every(({ steps }) => steps.length === 1)) return runOfNames(funnel, step)
  // How far the events of one set carry: up to before the first step of the set that is one too many.
  const last = required.at(-1) ?? step
  const limits = counts.flatMap(({ name, steps }) => {
    const ahead = steps.filter((n) => n >= step)
    if (ahead.length === 0) return []
    const before = (n: number) => required[required.indexOf(n) - 1] ?? 0
    const branches = ahead.map((n, i) => sql`when ${literal(i)} then ${literal(before(n))}`)
    return [sql`case ${name} ${join(branches, ' ')} else ${literal(last)} end`]
  })
  if (limits.length === 1) return sql`case when ${present} then ${join(limits, ', ')} end`
  return sql`
    case
      when ${present} then ${funnel.c.fn.leastOf(limits)}
    end
  `
}

/** Where no event is two steps, a run ends before the first step that has no event here. */
function runOfNames(funnel: Funnel, step: number): Sql {
  const ahead = funnel.required.filter((n) => n >= step)
  const ends = ahead.map((n, i) => {
    const before = i === 0 ? sql`null` : literal(ahead[i - 1] ?? 0)
    return sql`when ${name(funnel, n)} = 0 then ${before}`
  })
  return sql`
    case
      ${join(ends, '\n')}
      else ${literal(ahead.at(-1) ?? step)}
    end
  `
}

/** Steps that can be skipped do not interrupt where they may come. */
function skippable({ steps }: Funnel): number[] {
  return steps.flatMap((step, i) => (step.optional ? [i + 1] : []))
}

/** Whether steps that can be skipped come after all others, in a funnel where other events interrupt. */
const canGoOn = (funnel: Funnel): boolean =>
  funnel.options.order === 'strict' && skippable(funnel).some((n) => n > (funnel.required.at(-1) ?? n))

/**
 * One event alone that is neither the step nor one that can be skipped before it; several have no order.
 * @param step undefined: after the last one that cannot be skipped
 */
function isInterruption(funnel: Funnel, step?: number): Sql {
  const { required } = funnel
  const previous = (step === undefined ? required.at(-1) : required[required.indexOf(step) - 1]) ?? 0
  const optional = skippable(funnel).filter((n) => n > previous && n < (step ?? Infinity))
  const absent = [
    ...(step === undefined ? [] : [name(funnel, step)]),
    ...optional.map((n) => setOf([n]).name),
  ].map((count) => sql`${count} = 0`)
  return join([sql`events = 1`, ...absent], ' and ')
}

const name = (funnel: Funnel, step: number): Sql =>
  countedSets(funnel).find(({ steps }) => steps.includes(step))?.name ?? sql`events`

/** Every instant with a first step starts an attempt; only the earliest, or one at a time, where that is asked for. */
function entries(funnel: Funnel): Sql {
  const { keys, carried, required, options, c } = funnel
  const [entry = 1, ...later] = required
  const times = [
    sql`i.happened_us as ${stepTime(entry)}`,
    ...later.map(
      (n) => sql`case when i.${run(entry)} >= ${literal(n)} then i.happened_us end as ${stepTime(n)}`,
    ),
    ...(options.order === 'strict' ? [sql`cast(null as ${c.fn.type('bigint')}) as ${INTERRUPTED}`] : []),
  ]
  const select = (firstSteps: Sql) => sql`
    select
      ${join([...[...keys, ...carried].map((column) => sql`f.${column}`), sql`i.${run(entry)} as furthest_step`, ...times], ',\n')}
    from (
      ${firstSteps}
    ) as f
    join instants as i on ${join([...keys.map((key) => sql`i.${key} = f.${key}`), sql`i.happened_us = f.happened_us`], ' and ')}
  `
  const columns = join([...keys, ...carried, sql`happened_us`], ', ')
  if (options.entry === 'best') {
    return select(sql`
      select distinct ${columns}
      from ${funnel.events}
      where ${isStep(funnel, entry)}
    `)
  }
  const whose = options.entry === 'first' ? whoseEntries(funnel) : [...keys, sql`happened_us`]
  const order = [sql`happened_us`, ...[...keys.slice(1), ...carried].map(c.fn.byBytes)]
  return select(sql`
    select ${columns}
    from (
      select
        ${columns},
        row_number() over (partition by ${join(whose, ', ')} order by ${join(order, ', ')}) as place
      from ${funnel.events}
      where ${isStep(funnel, entry)}
    ) as numbered
    where place = 1
  `)
}

const attemptColumns = ({ keys, carried, required, options }: Funnel): Sql[] => [
  ...keys,
  ...carried,
  sql`furthest_step`,
  ...required.map(stepTime),
  ...(options.order === 'strict' ? [INTERRUPTED] : []),
]

const lookedBeyond = (step: number): Sql => identifier(`looked_beyond_${step}`)

/** CTEs that give attempts that stand at `step` the time of the next instant of a kind. */
function lookBeyond(
  funnel: Funnel,
  from: Sql,
  step: number,
  { where, as }: { readonly where: Sql; readonly as: Sql },
): Sql[] {
  const kept = attemptColumns(funnel).filter((column) => toText(column) !== toText(INTERRUPTED))
  const standing = identifier(`standing_at_${step}`)
  return [
    cte(
      standing,
      sql`
        select ${join(kept, ', ')}
        from ${from}
        where furthest_step = ${literal(step)}
      `,
    ),
    cte(
      lookedBeyond(step),
      funnel.c.fn.nextAt({
        rows: standing,
        keep: kept,
        from: stepTime(step),
        events: sql`instants`,
        where,
        keys: funnel.keys,
        at: sql`happened_us`,
        strictly: true,
        as,
        found: false,
      }),
    ),
  ]
}

/** Attempts that stand at `step` move on to the next instant that takes them to `next` or ends them. */
function advance(funnel: Funnel, from: Sql, step: number, next: number): Sql[] {
  const { keys, carried, required, options, window } = funnel
  const strict = options.order === 'strict'
  const looked = lookedBeyond(step)
  const entry = stepTime(required[0] ?? 1)
  const inWindow = window === undefined ? [] : [sql`a.next_us <= a.${entry} + ${literal(window)}`]
  const reached = sql`coalesce(i.${run(next)}, a.furthest_step)`
  const reachedFrom = required.indexOf(next)
  const moved = [
    ...[...keys, ...carried].map((column) => sql`a.${column}`),
    sql`${window === undefined ? reached : sql`case when ${join(inWindow, ' and ')} then ${reached} else a.furthest_step end`} as furthest_step`,
    ...required.map((n, i) =>
      i < reachedFrom
        ? sql`a.${stepTime(n)}`
        : sql`case when ${join([...inWindow, sql`i.${run(next)} >= ${literal(n)}`], ' and ')} then a.next_us end as ${stepTime(n)}`,
    ),
    ...(strict ? [sql`case when i.${run(next)} is null then a.next_us end as ${INTERRUPTED}`] : []),
  ]
  const goesOn = sql`${run(next)} is not null`
  return [
    ...lookBeyond(funnel, from, step, {
      where: strict ? sql`(${goesOn} or ${interrupts(next)})` : goesOn,
      as: sql`next_us`,
    }),
    cte(
      identifier(`attempts_${next}`),
      sql`
        select ${join(attemptColumns(funnel), ', ')}
        from ${from}
        where furthest_step <> ${literal(step)}
        union all
        select
          ${join(moved, ',\n')}
        from ${looked} as a
        left join instants as i on ${join([...keys.map((key) => sql`i.${key} = a.${key}`), sql`i.happened_us = a.next_us`], ' and ')}
      `,
    ),
  ]
}

/** Steps that can be skipped may come after the last of the others, until another event interrupts. */
function interruptedAtLast(funnel: Funnel, from: Sql): Sql[] {
  const last = funnel.required.at(-1) ?? 1
  const columns = attemptColumns(funnel)
  return [
    ...lookBeyond(funnel, from, last, { where: INTERRUPTS_AT_LAST, as: INTERRUPTED }),
    cte(
      sql`interrupted_attempts`,
      sql`
        select ${join(columns, ', ')}
        from ${from}
        where furthest_step <> ${literal(last)}
        union all
        select ${join(columns, ', ')}
        from ${lookedBeyond(last)}
      `,
    ),
  ]
}

/** Adds `excluded_us`: when an exclusion met the attempt between its steps, and not at their instants. */
function excluded(funnel: Funnel, from: Sql): Sql[] {
  const { keys, required, options, window, c } = funnel
  const ctes: Sql[] = []
  let rows = from
  const columns = [...attemptColumns(funnel)]
  const entry = stepTime(required[0] ?? 1)
  const found: Sql[] = []
  for (const [i, { after_step: after, before_step: before }] of options.exclusions.entries()) {
    const between = required.filter((step) => step >= after && step < before)
    for (const step of between) {
      const met = identifier(`exclusion_${i + 1}_after_${step}_us`)
      const looked = identifier(`met_exclusion_${i + 1}_after_${step}`)
      ctes.push(
        cte(
          looked,
          c.fn.nextAt({
            rows,
            keep: columns,
            from: stepTime(step),
            events: funnel.events,
            where: isExclusion(i),
            keys,
            at: sql`happened_us`,
            strictly: true,
            as: met,
            found: false,
          }),
        ),
      )
      rows = looked
      columns.push(met)
      const next = required[required.indexOf(step) + 1] ?? step
      const open = allOf([
        ...(window === undefined ? [] : [sql`${met} <= ${entry} + ${literal(window)}`]),
        ...(options.order === 'strict' ? [sql`(${INTERRUPTED} is null or ${met} <= ${INTERRUPTED})`] : []),
      ])
      found.push(
        sql`case when ${met} < ${stepTime(next)} or (${stepTime(next)} is null${open ? sql` and ${open}` : sql``}) then ${met} end`,
      )
    }
  }
  const earliest = found.length === 1 ? join(found, ', ') : funnel.c.fn.leastOf(found)
  return [
    ...ctes,
    cte(
      sql`attempts_with_exclusions`,
      sql`
        select
          ${join([...attemptColumns(funnel), sql`${earliest} as excluded_us`], ',\n')}
        from ${rows}
      `,
    ),
  ]
}

/** An exclusion removes an entity, unless an attempt without one gets at least as far. */
function chosen(funnel: Funnel, from: Sql): Sql[] {
  const { carried, options } = funnel
  if (options.exclusions.length === 0) return [cte(funnel.result, bestOf(funnel, from))]
  const whose = [...whoseEntries(funnel), ...carried]
  return [
    sql`
      clean_attempts as (
        select
          ${join(attemptColumns(funnel), ',\n')}
        from (
          select
            ${join([...attemptColumns(funnel), sql`excluded_us`], ',\n')},
            max(case when excluded_us is null then furthest_step else 0 end) over (partition by ${join(whose, ', ')}) as furthest_clean,
            max(case when excluded_us is null then 0 else furthest_step end) over (partition by ${join(whose, ', ')}) as furthest_excluded
          from ${from}
        ) as compared
        where excluded_us is null and furthest_clean >= furthest_excluded
      )
    `,
    cte(funnel.result, bestOf(funnel, sql`clean_attempts`)),
  ]
}
