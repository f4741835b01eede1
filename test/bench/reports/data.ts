/** Events as gwh's own model would publish them, the same on every machine: all chance comes from md5 of a number. */
import type { Warehouse } from '../../../src/engines/index.ts'
import { SCHEMA } from './project.ts'

export interface DataOptions {
  /** Events of all groups but the large one. */
  readonly events: number
  readonly groups: number
  /** Groups of one size; else the first has about a tenth, the others ever fewer (Zipf). */
  readonly even: boolean
  /** Events of one more group; half of them are one user's. */
  readonly large?: number
  /** Eight properties of about 200 bytes, as events of a product have; else one of four plans. */
  readonly wide?: boolean
}

export const USERS = 1_000_000
export const EVENT_NAMES = 20
export const DAYS = 90
const FIRST_DAY = '2025-01-01'
const MICROSECONDS = DAYS * 86_400_000_000

/** So many at a time: each is sorted in memory. */
const CHUNK = 1_000_000

export const EVENT_COLUMNS = {
  event_id: 'varchar',
  source: 'varchar',
  event_name: 'varchar',
  occurred_at: 'timestamp',
  day: 'date',
  ingested_at: 'timestamp',
  user_id: 'varchar',
  device_id: 'varchar',
  insert_id: 'varchar',
  properties: 'json',
  source_rows: 'bigint',
  company_id: 'varchar[]',
} as const

/** Fills `events` of a DuckDB database, in time order; events that are there already from the same options stay. */
export async function generateEvents(duckdb: Warehouse, options: DataOptions): Promise<'made' | 'kept'> {
  const made = JSON.stringify(options)
  if (await duckdb.columns([SCHEMA, 'bench_data'])) {
    const [row] = await duckdb.query<{ options: string }>(`select options from ${SCHEMA}.bench_data`)
    if (row?.options === made) return 'kept'
  }
  await duckdb.createSchema(SCHEMA)
  for (const table of ['bench_data', 'bench_built'])
    await duckdb.execute(`drop table if exists ${SCHEMA}.${table}`)
  const columns = Object.entries(EVENT_COLUMNS).map(([name, type]) => `${name} ${type}`)
  await duckdb.execute(`create or replace table ${SCHEMA}.events (${columns.join(', ')})`)
  await duckdb.execute(zipf('group_of', options.groups, 20))
  await duckdb.execute(zipf('name_of', EVENT_NAMES, 16))
  const total = options.events + (options.large ?? 0)
  for (let from = 0; from < total; from += CHUNK) {
    await duckdb.execute(chunk(options, total, from, Math.min(from + CHUNK, total)))
  }
  await duckdb.execute(`create table ${SCHEMA}.bench_data as select '${made}' as options`)
  await duckdb.settle([])
  return 'made'
}

const NARROW = `'{"plan": "' || plan || '"}'`
const WIDE = `
  '{"plan":"' || plan || '","url":"https://example.com/projects/' || event_id || '","seconds":' || cast(i % 86400 as varchar)
  || ',"ok":true,"browser":"Chrome","os":"Linux","session":"' || md5(user_id) || '","tags":["alpha","beta"]}'
`

/** A table from each number of so many bits to a rank, the k-th as often as 1 / k. */
const zipf = (name: string, ranks: number, bits: number) => `
  create or replace temp table ${name} as
  with
  ranks as (
    select k, sum(1.0 / k) over (order by k) / (select sum(1.0 / k) from range(1, ${ranks + 1}) as t(k)) as up_to
    from range(1, ${ranks + 1}) as t(k)
  ),
  buckets as (
    select bucket, (bucket + 0.5) / ${2 ** bits} as share
    from range(${2 ** bits}) as t(bucket)
  )
  -- sums of fractions may end a little below 1
  select b.bucket, coalesce(r.k, ${ranks}) as k
  from buckets as b
  asof left join ranks as r on b.share <= r.up_to
`

function chunk(
  { groups, even, large = 0, wide = false }: DataOptions,
  total: number,
  from: number,
  to: number,
): string {
  const step = Math.floor(MICROSECONDS / total)
  const group = even ? `low % ${groups} + 1` : 'g.k'
  // Spread evenly between the events of the others, and exactly so many.
  const isLarge = `(i + 1) * ${large} // ${total} > i * ${large} // ${total}`
  return `
    insert into ${SCHEMA}.events
    with
    numbers as (
      select i, md5_number_lower(cast(i as varchar)) as low, md5_number_upper(cast(i as varchar)) as high
      from range(${from}, ${to}) as t(i)
    ),
    drawn as (
      select
        i,
        md5(cast(i as varchar)) as event_id,
        case when ${isLarge} then 'company_large' else 'company_' || lpad(cast(${group} as varchar), 7, '0') end as company,
        case when ${isLarge} and high % 2 = 0 then 'user_large' else 'user_' || cast(high % ${USERS} as varchar) end as user_id,
        'event_' || lpad(cast(n.k as varchar), 2, '0') as event_name,
        timestamp '${FIRST_DAY}' + to_microseconds(i * ${step} + cast(low % ${step} as bigint)) as occurred_at,
        ['free', 'team', 'business', 'enterprise'][1 + cast((high >> 60) % 4 as integer)] as plan
      from numbers
      ${even ? '' : 'join group_of as g on g.bucket = low >> 44'}
      join name_of as n on n.bucket = (high >> 40) % 65536
    )
    select
      event_id,
      'app' as source,
      event_name,
      occurred_at,
      cast(occurred_at as date) as day,
      occurred_at + interval 5 seconds as ingested_at,
      user_id,
      null as device_id,
      'insert-' || cast(i as varchar) as insert_id,
      cast(${wide ? WIDE : NARROW} as json) as properties,
      1 as source_rows,
      [company] as company_id
    from drawn
    order by occurred_at
  `
}
