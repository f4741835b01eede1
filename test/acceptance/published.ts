/** What is asked of the published relations, in SQL that both engines read alike; no code of gwh writes it. */
import type { Warehouse } from '../../src/index.ts'

export type Value = number | bigint | string | undefined
export type Values = Record<string, Value>

/** Rows of `name` and `value`. A name that comes twice has two answers, and agrees with neither. */
export async function map(db: Warehouse, query: string): Promise<Values> {
  const rows = await db.query<{ name: string; value: Value }>(query)
  const values: Values = {}
  for (const { name, value } of rows)
    values[name] = Object.hasOwn(values, name) ? `${values[name]} and ${value}` : value
  return values
}

/** One row whose columns are the names. */
export async function oneRow(db: Warehouse, query: string): Promise<Values> {
  const [row = {}] = await db.query<Record<string, Value | Date>>(query)
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  )
}

export const EVENT_COUNTS = `
  select
    count(*) as "rows",
    count(*) filter (where user_id is null) as null_user,
    min(occurred_at) as min_time,
    max(occurred_at) as max_time,
    count(*) filter (where occurred_at < timestamp '1990-01-01') as before_1990,
    count(*) filter (where occurred_at - ingested_at > interval '1 hour') as time_after_received_by_1h,
    count(*) filter (where ingested_at - occurred_at > interval '1 day') as late_over_1d,
    count(*) filter (where ingested_at - occurred_at > interval '7 days') as late_over_7d,
    count(*) filter (where ingested_at - occurred_at > interval '30 days') as late_over_30d,
    count(*) filter (where (properties ->> 'is_bot') = 'true') as bot_events,
    sum(cast((properties ->> 'insertions') as bigint)) as sum_insertions,
    count(*) filter (where (properties ->> 'insertions') is null) as null_insertions
  from events`

const eventsWith = (key: string): string => `count(distinct event_id) filter (where group_key = '${key}')`

export const GROUP_COUNTS = `
  select
    (select count(*) from events) - ${eventsWith('company_id')} as null_company,
    (select count(*) from events) - ${eventsWith('area')} as empty_area,
    count(*) filter (where group_key = 'area') as area_attributions,
    (
      select sum(ids) from (
        select count(distinct lower(group_id)) as ids
        from event_groups where group_key = 'participant_company' group by event_id
      ) as per_event
    ) as participant_attributions,
    (
      select count(*) from (
        select event_id
        from event_groups where group_key = 'participant_company'
        group by event_id having count(distinct lower(group_id)) > 1
      ) as several
    ) as multi_participant_events
  from event_groups`

export const BY_EVENT = `select event_name as name, count(*) as value from events group by 1`

export const DISTINCT = `
  select group_key as name, count(distinct group_id) as value
  from event_groups where group_key <> 'participant_company' group by 1
  union all
  select 'participant_company_lc', count(distinct lower(group_id)) from event_groups
  where group_key = 'participant_company'
  union all
  select 'user_id', count(distinct user_id) from events`

export const MONTH = (date: string): string => `substr(cast(${date} as varchar), 1, 7)`

/** Spellings are joined here, so the months come from the published uniques and the ids from the days. */
export const PARTICIPANTS_BY_MONTH = `
  select ${MONTH('u.period_start')} as name, count(distinct lower(d.group_id)) as value
  from group_uniques as u
  left join group_days as d on d.group_key = u.group_key and ${MONTH('d.day')} = ${MONTH('u.period_start')}
  where u.group_key = 'participant_company' and u.granularity = 'month'
  group by 1`

/** They stand beside every group key, each time the same. */
export const USERS_BY_MONTH = `
  select distinct ${MONTH('period_start')} as name, users as value
  from group_uniques where granularity = 'month'`

export const COMPANY_ROWS = `
  select group_key as name, count(*) as value
  from event_groups where group_key in ('company_id', 'company_id_lc') group by 1`

export const MONTHS_WITHOUT_BOTS = `
  select ${MONTH('day')} as name, count(distinct group_id) as value
  from group_activity where group_key = 'company_id_lc' and (properties ->> 'is_bot') = 'false' group by 1`

export const COMPANIES_BY_KIND = `select kind as name, count(*) as value from company_lc_profiles group by 1`

export const EVENTS_BY_KIND = `select kind as name, sum(events) as value from company_lc_profiles group by 1`

export const SHAPES = `
  select
    count(*) filter (where participants = 1) as participant_company_scalar,
    count(*) filter (where participants > 1) as participant_company_array,
    count(*) filter (where areas = 0) as without_area,
    count(*) filter (where companies = 0) as without_company_id
  from (
    select
      e.event_id,
      count(*) filter (where group_key = 'participant_company') as participants,
      count(*) filter (where group_key = 'area') as areas,
      count(*) filter (where group_key = 'company_id') as companies
    from events as e left join event_groups as g on g.event_id = e.event_id
    group by e.event_id
  ) as counted`

export const EXPORT_COUNTS = `
  select
    (select count(distinct insert_id) from events) as unique_insert_ids,
    (select count(*) from group_profiles where has_profile) as group_profile_lines`

/** Periods in which only events without a group happened count 0 groups, here and in the facts. */
export function uniqueGroups(db: Warehouse, key: string, period: 'day' | 'week' | 'month'): Promise<Values> {
  const name = period === 'month' ? MONTH('period_start') : 'cast(period_start as varchar)'
  return map(
    db,
    `select ${name} as name, groups as value from group_uniques
     where group_key = '${key}' and period = '${period}' order by 1`,
  )
}
