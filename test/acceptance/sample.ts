/** The facts about the newest events of a history, by a query of its own on the flat table. */
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import type { Facts, History, Numbers } from './histories.ts'

/** What the facts would say if the history were only the events of its sample. */
export async function sampleFacts(history: History): Promise<Facts> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB' })
  const db = await instance.connect()
  try {
    const file = (name: string) => `'${name.replaceAll("'", "''")}'`
    const exported = history.mixpanel.exports.map(file).join(', ')
    await db.run(`
      create table sample as
      select * from read_parquet(${file(history.events)})
      where event_id in (
        select json ->> '$.properties."$insert_id"' from read_ndjson_objects([${exported}])
      )`)
    const counts = `
      select count(*) as rows, count(*) - count(user_id) as null_user, count(*) - count(company_id) as null_company,
        count_if(len(coalesce(area, [])) = 0) as empty_area, coalesce(sum(len(area)), 0) as area_attributions,
        count_if(is_bot) as bot_events, sum(insertions) as sum_insertions,
        count_if(insertions is null) as null_insertions,
        count_if(year(time) < 1990) as before_1990,
        count_if(epoch(time) - epoch(received_at) > 3600) as time_after_received_by_1h,
        count_if(epoch(received_at) - epoch(time) > 86400) as late_over_1d,
        count_if(epoch(received_at) - epoch(time) > 7 * 86400) as late_over_7d,
        count_if(epoch(received_at) - epoch(time) > 30 * 86400) as late_over_30d,
        count_if(len(participants) > 1) as multi_participant_events,
        sum(len(participants)) as participant_attributions
      from (
        select *, list_distinct([lower(p) for p in coalesce(participant_company, []) if p <> '']) as participants
        from sample
      )`
    const times = await db.runAndReadAll('select epoch_ms(min(time)), epoch_ms(max(time)) from sample')
    const [min, max] = times.getRowsJson()[0] ?? []
    return {
      counts: {
        ...(await columns(db, counts)),
        min_time: new Date(Number(min)).toISOString(),
        max_time: new Date(Number(max)).toISOString(),
        by_event: await rows(db, 'select event, count(*) from sample group by 1'),
        distinct: await distinct(db),
      },
      uniques_by_month: await byMonth(db),
      raw_shapes: history.facts.raw_shapes,
    }
  } finally {
    db.closeSync()
    instance.closeSync()
  }
}

/** How an event names its ids, by the name that the facts give them. */
const IDS: Readonly<Record<string, string>> = {
  company_id: '[company_id]',
  area: 'area',
  participant_company_lc: '[lower(p) for p in participant_company]',
  repo_id: '[repo_id]',
  user_id: '[user_id]',
}

/** Every event has a row here, one without ids too: its month counts 0. */
const ids = (list: string): string =>
  `(select time, unnest(list_concat(coalesce(${list}, []), [null])) as id from sample)`

async function distinct(db: DuckDBConnection): Promise<Numbers> {
  const each = Object.entries(IDS).map(
    ([name, list]) => `select '${name}', count(distinct id) from ${ids(list)}`,
  )
  return rows(db, each.join(' union all '))
}

async function byMonth(db: DuckDBConnection): Promise<Record<string, Numbers>> {
  const months: Record<string, Numbers> = {}
  for (const [name, list] of Object.entries(IDS)) {
    months[name] = await rows(
      db,
      `select strftime(time, '%Y-%m'), count(distinct id) from ${ids(list)} group by 1`,
    )
  }
  return months
}

async function rows(db: DuckDBConnection, query: string): Promise<Numbers> {
  const answer = await db.runAndReadAll(query)
  return Object.fromEntries(answer.getRowsJson().map(([name, value]) => [name as string, Number(value)]))
}

async function columns(db: DuckDBConnection, query: string): Promise<Numbers> {
  const answer = await db.runAndReadAll(query)
  const row = Object.entries(answer.getRowObjectsJson()[0] ?? {})
  return Object.fromEntries(row.map(([name, value]) => [name, Number(value)]))
}
