import type { Catalog } from '../src/graph/catalog.ts'
import { carriesGroup } from '../src/graph/event_group_ids.ts'
import type { ModelDefinition, ModelContext } from '../src/graph/model.ts'
import { join, literal, sql, type Sql } from '../src/sql/sql.ts'
import { attributes, HAS_TIME } from './event_groups.ts'
import { sumBigint } from './group_key_profiles.ts'
import { emptySelect } from './lib/empty_select.ts'
import { cte } from './lib/ctes.ts'

const PERIODS = ['day', 'week', 'month'] as const

/** Unique groups and unique users side by side, by day, week and month. */
export function groupUniques(catalog: Catalog): ModelDefinition {
  const { timezone, week_start } = catalog.project
  return {
    name: 'group_uniques',
    description:
      'How many groups and how many users were active in each day, week and month. Uniques do not add up over periods or keys. Periods without any event have no row.',
    rules: ['ATT-1', 'DAY-2', 'SUM-1'],
    grain: ['group_key', 'granularity', 'period_start'],
    columns: {
      group_key: { type: 'text', description: 'The group key whose groups are counted.' },
      granularity: { type: 'text', description: `Day, week (from ${week_start}) or month, in ${timezone}.` },
      period_start: { type: 'date', description: 'First day of the period.' },
      groups: {
        type: 'bigint',
        description: 'Distinct groups with at least one event; 0 where only events without a group happened.',
      },
      group_users: { type: 'bigint', description: 'Distinct users who acted for any group of the key.' },
      group_events: {
        type: 'bigint',
        description: 'Events that belong to at least one group of the key, each counted once.',
      },
      users: { type: 'bigint', description: 'Distinct users of all events, with or without a group.' },
      events: { type: 'bigint', description: 'All events.' },
    },
    materialized: 'table',
    select: (c) => sql`
      with
      ${join([...daysOf(c), ...PERIODS.flatMap((period) => countsOf(period, c)), groupKeys(c)], ',\n')}
      ${join(
        PERIODS.map((period) => sideBySide(period)),
        '\nunion all\n',
      )}
    `,
  }
}

/** Who was active on which day, once each: every period is counted from these, not from the events. */
function daysOf(c: ModelContext): Sql[] {
  const attributed = c.catalog.groupKeys.map((key) => {
    const conditions = [carriesGroup(key, c.fn), ...attributes(key, c)]
    return sql`
      select ${literal(key.name)} as group_key, day, count(*) as events
      from ${c.ref('events')}
      where ${join(conditions, '\n  and ')}
      group by day
    `
  })
  return [
    sql`event_days as (select day, count(*) as events from ${c.ref('events')} where ${HAS_TIME} group by day)`,
    sql`user_days as (select distinct day, user_id from ${c.ref('events')} where ${HAS_TIME} and user_id is not null)`,
    sql`
      acting_days as (
        select distinct group_key, day, user_id
        from ${c.ref('event_groups')}
        where user_id is not null
      )
    `,
    sql`
      -- an event of three groups is one event
      attributed_days as (
        ${attributed.length > 0 ? join(attributed, '\nunion all\n') : emptySelect({ group_key: 'text', day: 'date', events: 'bigint' }, c)}
      )
    `,
  ]
}

/** Counts by period: distinct first and counted then, which is cheaper than counting distinct. */
function countsOf(period: (typeof PERIODS)[number], c: ModelContext): Sql[] {
  const start = sql`${c.fn.periodStart(sql`day`, period, c.catalog.project.week_start)} as period_start`
  const [events, users, groups, acting, attributed] = CTE_NAMES[period]
  const sum = sumBigint(sql`events`, c)
  return [
    sql`${events} as (select ${start}, ${sum} as events from event_days group by 1)`,
    sql`
      ${users} as (
        select period_start, count(*) as users
        from (select distinct ${start}, user_id from user_days) as active
        group by period_start
      )
    `,
    sql`
      ${groups} as (
        select group_key, period_start, count(*) as groups
        from (select distinct group_key, ${start}, group_id from ${c.ref('group_activity_daily')}) as active
        group by group_key, period_start
      )
    `,
    sql`
      ${acting} as (
        select group_key, period_start, count(*) as group_users
        from (select distinct group_key, ${start}, user_id from acting_days) as active
        group by group_key, period_start
      )
    `,
    sql`
      ${attributed} as (
        select group_key, ${start}, ${sum} as group_events
        from attributed_days
        group by 1, 2
      )
    `,
  ]
}

const CTE_NAMES = {
  day: [
    sql`events_by_day`,
    sql`users_by_day`,
    sql`groups_by_day`,
    sql`acting_by_day`,
    sql`attributed_by_day`,
  ],
  week: [
    sql`events_by_week`,
    sql`users_by_week`,
    sql`groups_by_week`,
    sql`acting_by_week`,
    sql`attributed_by_week`,
  ],
  month: [
    sql`events_by_month`,
    sql`users_by_month`,
    sql`groups_by_month`,
    sql`acting_by_month`,
    sql`attributed_by_month`,
  ],
} as const

function groupKeys(c: ModelContext): Sql {
  const { catalog } = c
  if (catalog.groupKeys.length === 0) {
    return cte(sql`group_keys`, emptySelect({ group_key: 'text' }, c))
  }
  const rows = catalog.groupKeys.map((key) => sql`(${literal(key.name)})`)
  return sql`group_keys(group_key) as (values ${join(rows, ', ')})`
}

function sideBySide(period: (typeof PERIODS)[number]): Sql {
  const [events, users, groups, acting, attributed] = CTE_NAMES[period]
  const ofKey = (alias: Sql) =>
    sql`on ${alias}.group_key = k.group_key and ${alias}.period_start = e.period_start`
  return sql`
    select
      k.group_key,
      ${literal(period)} as granularity,
      e.period_start,
      coalesce(g.groups, 0) as groups,
      coalesce(a.group_users, 0) as group_users,
      coalesce(t.group_events, 0) as group_events,
      coalesce(u.users, 0) as users,
      e.events
    from ${events} as e
    cross join group_keys as k
    left join ${users} as u on u.period_start = e.period_start
    left join ${groups} as g ${ofKey(sql`g`)}
    left join ${acting} as a ${ofKey(sql`a`)}
    left join ${attributed} as t ${ofKey(sql`t`)}
  `
}
