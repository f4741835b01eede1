/** How each company does: active, new and returning users and their activity, inside of one group at a time. */
import type { Catalog } from '../../src/graph/catalog.ts'
import type { ColumnDoc, ModelDefinition, ModelContext } from '../../src/graph/model.ts'
import type { Period } from '../../src/engines/index.ts'
import type { Entity } from '../../src/graph/entity.ts'
import { reportType, type Report } from '../../src/graph/report.ts'
import type { Part } from '../../src/graph/report_parts.ts'
import { identifier, join, literal, sql, type Sql } from '../../src/sql/sql.ts'
import { requireEntity, eitherEvent } from './activity.ts'
import { options, type HealthOptions } from './company_health_options.ts'
import {
  cohorts,
  done,
  isOver,
  nextName,
  periods,
  RETURNS,
  TRAILING,
  trailing,
  userDays,
} from './company_health_users.ts'
import { byName, entityNoun, idName, namedId, profilesOf } from './conditions.ts'
import { asksOf, hasUser, partOf } from './parts.ts'
import { periodDoc } from './periods.ts'

export const companyHealth = reportType({
  type: 'company_health',
  description:
    'How each company does: its daily, weekly and monthly active users, its new users and how many of them came back, and its activity, by period.',
  options,
  by: 'company',
  validate: ({ options: o }) => (o.event === undefined ? [] : eitherEvent(o)),
  models: (report, catalog) => [healthModel(report, catalog)],
  parts: (report) => [part(report)],
})

/** Without users, companies have events and nothing else. */
function part(report: Report<HealthOptions>): Part {
  const by = requireEntity(report.by)
  const condition = { event: report.options.event, any_event: undefined, where: [] }
  return partOf(report, {
    by,
    condition,
    asks: [...asksOf(report, by, condition, []), hasUser(report)],
    seen: [{ model: report.name, when: sql`active_users > 0` }],
  })
}

function healthModel(report: Report<HealthOptions>, catalog: Catalog): ModelDefinition {
  const { options: o } = report
  const by = requireEntity(report.by)
  const id = idOf(by)
  return {
    name: report.name,
    description:
      `${report.description} How ${entityNoun(by)} do in each ${o.interval}, from the first with activity on. Users are counted for each group by itself.`.trim(),
    rules: ['HEA-1', 'HEA-2', 'HEA-3', 'HEA-4'],
    grain: [id, 'period_start'],
    columns: {
      [id]: { type: 'text', description: `The group of ${byName(by)}.` },
      ...MEASURES,
      period_start: { type: 'date', description: periodDoc(o.interval, catalog) },
    },
    materialized: report.materialized,
    select: (c) => select(report, c),
  }
}

/** What a row says of a group in a period. */
const MEASURES: Readonly<Record<string, ColumnDoc>> = {
  display_name: { type: 'text', description: 'Name of the group, or its id.' },
  period_start: { type: 'date', description: '' },
  as_of: {
    type: 'date',
    description: 'The day that dau, wau and mau are those of: the last of the period, the range or the data.',
  },
  dau: { type: 'bigint', description: 'Users active for the group on that day.' },
  wau: { type: 'bigint', description: 'Users active for the group in the 7 calendar days up to it.' },
  mau: { type: 'bigint', description: 'Users active for the group in the 30 calendar days up to it.' },
  new_users: {
    type: 'bigint',
    description: 'Users whose first event for the group, of all history, is in the period.',
  },
  active_users: { type: 'bigint', description: 'Users active for the group in the period.' },
  events: {
    type: 'bigint',
    description: 'Events of the group in the period, those of anonymous and service users too.',
  },
  events_per_user: { type: 'number', description: 'Events of the group per active user; null without one.' },
  ...Object.fromEntries(Object.entries(RETURNS).flatMap(([name, period]) => returnDocs(name, period))),
  rule: { type: 'text', description: 'The rule that counted.' },
}

const idOf = (by: Entity) => idName(by, Object.keys(MEASURES))

function returnDocs(name: string, period: Period): [string, ColumnDoc][] {
  return [
    [
      `${name}_users`,
      {
        type: 'bigint',
        description: `New users who were active for the group again in the calendar ${period} after that of their first event.`,
      },
    ],
    [
      `${name}_rate`,
      {
        type: 'number',
        description: `Their share of the new users; null until the data has a day after that ${period} for all of them.`,
      },
    ],
  ]
}

function select(report: Report<HealthOptions>, c: ModelContext): Sql {
  const { interval } = report.options
  const by = requireEntity(report.by)
  const key = by.kind === 'group' ? by.key.name : ''
  const zero = (from: Sql, column: string) =>
    sql`coalesce(${from}.${identifier(column)}, 0) as ${identifier(column)}`
  const rule = `users of one group; calendar ${interval}; trailing 1, 7 and 30 calendar days; next calendar day, week and month`
  const fields = [
    namedId(sql`p.group_id`, idOf(by)),
    sql`profile.display_name`,
    sql`p.period_start`,
    sql`p.as_of`,
    ...Object.keys(TRAILING).map((name) => sql`a.${identifier(name)}`),
    zero(sql`n`, 'new_users'),
    zero(sql`d`, 'active_users'),
    zero(sql`d`, 'events'),
    sql`cast(d.events as double precision) / nullif(d.active_users, 0) as events_per_user`,
    ...Object.entries(RETURNS).flatMap(([name, period]) => [
      zero(sql`n`, `${name}_users`),
      sql`
        case
          when ${isOver(sql`n.${nextName(period)}`, period, c)}
            then cast(n.${identifier(`${name}_users`)} as double precision) / n.new_users
        end as ${identifier(`${name}_rate`)}
      `,
    ]),
    sql`${literal(rule)} as rule`,
  ]
  return sql`
    with
    ${join([...userDays(report, c), ...periods(report, c), ...trailing(report, c), done(report, c), ...cohorts(report, c)], ',\n')}
    select
      ${join(fields, ',\n')}
    from periods as p
    cross join bounds as b
    join actives as a on a.group_id = p.group_id and a.day = p.as_of
    left join done as d on d.group_id = p.group_id and d.period_start = p.period_start
    left join newcomers as n on n.group_id = p.group_id and n.period_start = p.period_start
    left join ${profilesOf(key, c)} as profile on profile.${identifier(key)} = p.group_id
  `
}
