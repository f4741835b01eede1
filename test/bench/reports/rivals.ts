/** The same questions as others would ask them, in the same rounds as gwh's reports, with all answers. */
import { openClickHouse, type ClickHouse } from './clickhouse.ts'
import type { BenchDatabase } from './database.ts'
import { cost, inRounds, median, ratio, type Cost } from './measure.ts'
import { FUNNEL_STEPS, REPORTS, SCHEMA } from './project.ts'
import { secs, table, times } from './table.ts'

/** A rival that takes longer is stopped. */
const LIMIT_SECONDS = 60
const WINDOW = "interval '7 days'"
const ANSWER = 'bench_rival'

interface Rival {
  readonly about: string
  run(): Promise<Cost>
  answer(): Promise<readonly unknown[]>
}

export async function rivals(database: BenchDatabase, folder: string, rounds: number): Promise<void> {
  const clickhouse = await openClickHouse(database.warehouse, folder).catch((error: unknown) => {
    console.log(`\nWithout ClickHouse: chdb could not be installed or loaded (${String(error)}).`)
    return undefined
  })
  try {
    const version = clickhouse && `ClickHouse ${clickhouse.version}`
    await compare(
      database,
      rounds,
      'funnel_company',
      'Funnel by company, 4 steps; the answers are the entities of each step.',
      `select entities as answer from temp.funnel_company order by step`,
      [
        sqlRival(database, 'self-joins, min per hop', joinChain()),
        sqlRival(database, 'windows, running max', windows()),
        ...(clickhouse ? [clickhouseRival(clickhouse, `${version}: windowFunnel`, WINDOW_FUNNEL)] : []),
      ],
    )
    await compare(
      database,
      rounds,
      'retention_company',
      'Weekly retention by company, first time; the answers are those retained after 0, 1, 2 … weeks.',
      `select cast(sum(retained) as bigint) as answer from temp.retention_company group by period order by period`,
      clickhouse ? [clickhouseRival(clickhouse, `${version}: retention`, RETENTION)] : [],
    )
  } finally {
    await clickhouse?.[Symbol.asyncDispose]()
  }
}

async function compare(
  database: BenchDatabase,
  rounds: number,
  name: string,
  title: string,
  answerOfReport: string,
  others: readonly Rival[],
): Promise<void> {
  const report = REPORTS.find((r) => r.name === name)
  if (!report) throw new RangeError(`no report ${name}`)
  const all: Rival[] = [
    {
      about: 'gwh',
      run: () => cost(database.warehouse, database.statements(report)),
      answer: () => answersOf(database, answerOfReport),
    },
    ...others,
  ]
  const [floors = [], ...costs] = await inRounds(rounds, [
    () => cost(database.warehouse, [database.floor(report.floor)]),
    ...all.map((rival) => () => rival.run()),
  ])
  console.log(`\n${title}`)
  const lines = table([
    { title: 'rival', width: 42, left: true },
    { title: 'CPU', width: 10 },
    { title: 'wall', width: 10 },
    { title: 'seconds', width: 10 },
    { title: 'answer', width: 0, left: true },
  ])
  lines.heading()
  for (const [i, rival] of all.entries()) {
    const spent = costs[i] ?? []
    const stopped = spent.some((s) => s.stopped)
    const more = stopped ? '> ' : ''
    const answer = stopped ? `stopped after ${LIMIT_SECONDS} s` : (await rival.answer()).join(' ')
    lines.row(
      rival.about,
      more + times(ratio(spent, floors, 'cpu')),
      more + times(ratio(spent, floors, 'seconds')),
      more + secs(median(spent.map(({ seconds }) => seconds))),
      answer,
    )
  }
}

async function answersOf({ warehouse }: BenchDatabase, select: string): Promise<unknown[]> {
  return (await warehouse.query<{ answer: unknown }>(select)).map(({ answer }) => answer)
}

function sqlRival(database: BenchDatabase, about: string, select: string): Rival {
  const relation = `temp.${ANSWER}_${about.replaceAll(/[^a-z]+/g, '_')}`
  const statement = {
    before: [`drop table if exists ${relation}`],
    timed: `create temp table ${relation} as ${select}`,
  }
  return {
    about: `${about} (DuckDB)`,
    run: () => cost(database.warehouse, [statement], LIMIT_SECONDS),
    answer: () => answersOf(database, `select entities as answer from ${relation} order by step`),
  }
}

function clickhouseRival(clickhouse: ClickHouse, about: string, select: string): Rival {
  let rows: unknown[][] = []
  return {
    about,
    run: async () => {
      const result = await clickhouse.query(select)
      rows = result.rows
      return result
    },
    answer: () => Promise.resolve(rows.flat(2)),
  }
}

const stepNumber = FUNNEL_STEPS.map((name, i) => `when '${name}' then ${i + 1}`).join(' ')

const stepEvents = `
  step_events as (
    select group_id, occurred_at, case event_name ${stepNumber} end as step
    from ${SCHEMA}.event_groups
    where group_key = 'company_id' and event_name in (${FUNNEL_STEPS.map((name) => `'${name}'`).join(', ')})
  )
`

/** Every entry is joined with every later step within its window, and keeps the first. */
function joinChain(): string {
  const hops = FUNNEL_STEPS.slice(1).map(
    (_, i) => `
      step_${i + 2} as (
        select e.group_id, e.entered_at, min(s.occurred_at) as reached_at
        from step_${i + 1} as e
        join step_events as s
          on s.group_id = e.group_id
          and s.step = ${i + 2}
          and s.occurred_at between e.reached_at and e.entered_at + ${WINDOW}
        group by e.group_id, e.entered_at
      )
    `,
  )
  const counts = FUNNEL_STEPS.map(
    (_, i) => `select ${i + 1} as step, count(distinct group_id) as entities from step_${i + 1}`,
  )
  return `
    with
    ${stepEvents},
    step_1 as (
      select distinct group_id, occurred_at as entered_at, occurred_at as reached_at
      from step_events
      where step = 1
    ),
    ${hops.join(', ')}
    ${counts.join(' union all ')}
  `
}

/** The latest entry that can still have reached each step, carried from row to row of an entity. */
function windows(): string {
  const from = (k: number) => (k === 1 ? 'entered' : `reached_${k}`)
  const levels = FUNNEL_STEPS.slice(1).map((_, i) => {
    const k = i + 2
    const kept = Array.from({ length: i + 1 }, (__, j) => `entry_${j + 1}`)
    return `
      seen_${k} as (
        select group_id, occurred_at, step, ${kept.join(', ')},
          max(entry_${i + 1}) over (
            partition by group_id
            order by occurred_at, step
            rows between unbounded preceding and 1 preceding
          ) as latest
        from ${from(k - 1)}
      ),
      reached_${k} as (
        select group_id, occurred_at, step, ${kept.join(', ')},
          case when step = ${k} and occurred_at <= latest + ${WINDOW} then latest end as entry_${k}
        from seen_${k}
      )
    `
  })
  const counts = FUNNEL_STEPS.map(
    (_, i) => `select ${i + 1} as step, count(*) as entities from furthest where furthest_step >= ${i + 1}`,
  )
  const last = FUNNEL_STEPS.length
  const cases = FUNNEL_STEPS.map((_, i) => `when entry_${last - i} is not null then ${last - i}`)
  return `
    with
    ${stepEvents},
    entered as (
      select group_id, occurred_at, step, case when step = 1 then occurred_at end as entry_1
      from step_events
    ),
    ${levels.join(', ')},
    furthest as (
      select group_id, max(case ${cases.join(' ')} end) as furthest_step
      from reached_${last}
      group by group_id
    )
    ${counts.join(' union all ')}
  `
}

const WINDOW_FUNNEL = `
  with levels as (
    select
      group_id,
      windowFunnel(${7 * 86_400_000_000})(occurred_at, ${FUNNEL_STEPS.map((name) => `event_name = '${name}'`).join(', ')}) as level
    from bench.event_groups
    where event_name in (${FUNNEL_STEPS.map((name) => `'${name}'`).join(', ')})
    group by group_id
  )
  select ${FUNNEL_STEPS.map((_, i) => `countIf(level >= ${i + 1})`).join(', ')}
  from levels
`

const WEEKS = Array.from({ length: 13 }, (_, week) => `toMonday(day) = first_week + ${7 * week}`)

const RETENTION = `
  with
  starts as (
    select group_id, toMonday(min(day)) as first_week
    from bench.event_groups
    where event_name = '${FUNNEL_STEPS[0]}'
    group by group_id
  ),
  returns as (
    select e.group_id, retention(${WEEKS.join(', ')}) as returned
    from bench.event_groups as e
    join starts as s on s.group_id = e.group_id
    group by e.group_id
  )
  select ${WEEKS.map((_, week) => `sum(returned[${week + 1}])`).join(', ')}
  from returns
`
