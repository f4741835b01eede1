import * as z from 'zod'
import type { Catalog } from '../../src/graph/catalog.ts'
import type { ModelDefinition, ModelContext } from '../../src/graph/model.ts'
import { reportType, type Invalid, type Report } from '../../src/graph/report.ts'
import type { Entity } from '../../src/graph/entity.ts'
import type { Part } from '../../src/graph/report_parts.ts'
import { quotedList } from '../../src/problems.ts'
import { conditionFields, periodSchema } from '../../src/project/report_schema.ts'
import { identifier, join, literal, sql, type Sql } from '../../src/sql/sql.ts'
import {
  activity,
  allFilters,
  boundsOf,
  requireEntity,
  eitherEvent,
  numbered,
  type ActivityOptions,
} from './activity.ts'
import { entityColumn, entityNoun, filterSql, profilesOf } from './conditions.ts'
import { anyOf, asksOf, partOf } from './parts.ts'
import {
  NUMBERING,
  boundNumber,
  lastNumber,
  periodDoc,
  periodNumber,
  periodType,
  startOf,
  withinPeriods,
} from './periods.ts'

const options = z.object({
  event: conditionFields.event.describe('Name of the event that is activity.'),
  any_event: conditionFields.any_event.describe('Any event is activity.'),
  interval: periodSchema
    .default('day')
    .describe('The periods: hour, day, week or month, in the time zone of the project.'),
  newness: z
    .enum(['profile_or_first_event', 'profile', 'first_event'])
    .default('profile_or_first_event')
    .describe(
      'When something is new: in the period of `created_at` of its profile or, without one, of its first such event of all time; `profile`: only by created_at, so without one never, and some source has to have it; `first_event`: only by its first such event.',
    ),
})

type Options = z.output<typeof options>

/** Growth taken apart: who came, who stayed, who came back, who went quiet. */
export const lifecycle = reportType({
  type: 'lifecycle',
  description: 'New, returning, resurrecting and dormant users or groups of each period.',
  options,
  by: 'required',
  validate: (report, catalog) => [...eitherEvent(report.options), ...neverNew(report, catalog)],
  models: (report, catalog) => [model(report, catalog)],
  parts,
})

function parts(report: Report<Options>): Part[] {
  const { options: o, range, name } = report
  const by = requireEntity(report.by)
  const condition = { event: o.event, any_event: o.any_event, where: [] }
  const active = partOf(report, {
    by,
    condition,
    asks: asksOf(report, by, condition, []),
    from: (c) => withinPeriods({ from: range.from }, o.interval, c),
    to: (c) => withinPeriods({ to: range.to }, o.interval, c),
    seen: [{ model: name, when: sql`active_entities > 0` }],
  })
  if (o.newness !== 'profile') return [active]
  const fresh = partOf(report, {
    name: 'what is new',
    path: ['newness'],
    by,
    condition,
    asks: [],
    from: () => [],
    to: () => [],
    among: anyOf([active]),
    last: {
      holds: (c) => hasCreation(by, c),
      reason: `no profile of the ${entityNoun(by)} that were active says when it came to be, and \`newness: profile\` goes by that alone`,
    },
    seen: [{ model: name, when: sql`new_entities > 0` }],
  })
  return [active, fresh]
}

/** A condition on what is counted: its profile says when it came to be. */
function hasCreation(by: Entity, c: ModelContext): Sql {
  const [id, profiles] =
    by.kind === 'user'
      ? [sql`user_id`, c.ref('user_profiles')]
      : [identifier(by.key.name), profilesOf(by.key.name, c)]
  return sql`${entityColumn(by)} in (select ${id} from ${profiles} where created_at is not null)`
}

/** Only profiles say what is new, and none of them says when it came to be. */
function neverNew({ by, options: o }: Report<Options>, catalog: Catalog): Invalid[] {
  if (o.newness !== 'profile' || by === undefined) return []
  const tables =
    by.kind === 'user'
      ? catalog.sourcesOf('user_table')
      : catalog.sourcesOf('group_table').filter(({ groupKey }) => groupKey === by.key.name)
  if (tables.some(({ hasCreation }) => hasCreation)) return []
  const kind = by.kind === 'user' ? 'user table' : `Group Table of \`${by.key.name}\``
  return [
    {
      code: 'contradiction',
      path: ['newness'],
      message: `nothing can ever be new: no ${kind} says when ${by.kind === 'user' ? 'users' : 'groups'} came to be.`,
      fix:
        tables.length === 0
          ? `Add a source of type ${by.kind === 'user' ? 'user_table' : 'group_table'} with \`columns: {created_at: …}\`, or use \`newness: first_event\`.`
          : `Name its column under \`columns: {created_at: …}\` of ${quotedList(tables.map(({ name }) => name))}, or use \`newness: first_event\`.`,
    },
  ]
}

function model(report: Report<Options>, catalog: Catalog): ModelDefinition {
  const { name, options: o, materialized } = report
  const reads = activityOf(report)
  const noun = entityNoun(reads.by)
  return {
    name,
    description:
      `${report.description} How many ${noun} were new, returning, resurrecting and dormant in each ${o.interval}.`.trim(),
    rules: ['LIF-1', 'LIF-2', 'LIF-3', 'LIF-4', 'LIF-5'],
    grain: ['period_start'],
    columns: {
      period_start: { type: periodType(o.interval), description: periodDoc(o.interval, catalog) },
      new_entities: { type: 'bigint', description: `Active ${noun} that came to be in this period.` },
      returning_entities: {
        type: 'bigint',
        description: 'Also active in the period before, and not new.',
      },
      resurrecting_entities: {
        type: 'bigint',
        description: 'Active, but neither new nor active in the period before.',
      },
      dormant_entities: { type: 'bigint', description: 'Active in the period before, and not in this one.' },
      active_entities: { type: 'bigint', description: 'New, returning and resurrecting together.' },
      rule: { type: 'text', description: 'What counted.' },
    },
    materialized,
    select: (c) => select(report, reads, c),
  }
}

function activityOf({ by, where, options: o }: Report<Options>): ActivityOptions {
  return {
    by: requireEntity(by),
    period: o.interval,
    conditions: [{ event: o.event, any_event: o.any_event, where: [] }],
    where,
  }
}

/** The model with `created_at` of what is counted. */
function select({ range, options: o }: Report<Options>, reads: ActivityOptions, c: ModelContext): Sql {
  const { by } = reads
  const entity = entityColumn(by)
  const byProfile = o.newness !== 'first_event'
  return sql`
    with
    ${NUMBERING[o.interval]}
    matching as (
      ${activity(reads, c).rows(
        [numbered(o.interval, c)],
        allFilters(reads).map((filter) => filterSql(filter, by, c)),
      )}
    ),
    active_periods as (
      select distinct ${entity}, period
      from matching
      ${within({ range, options: o }, c)}
    ),
    bounds as (
      ${boundsOf(range, o.interval, sql`active_periods`, c)}
    ),
    neighbours as (
      select
        ${entity},
        period,
        lag(period) over (partition by ${entity} order by period) as period_before,
        lead(period) over (partition by ${entity} order by period) as period_after
      from active_periods
    ),
    ${byProfile ? sql`${created(o, by, c)},` : sql``}
    stages as (
      select
        n.period,
        n.period_after,
        case
          when ${isNew(o)} then 'new'
          -- a first activity has none before it
          when n.period_before = n.period - 1 then 'returning'
          else 'resurrecting'
        end as stage
      from neighbours as n
      ${byProfile ? sql`left join created as p on p.${entity} = n.${entity}` : sql``}
    ),
    active_counts as (
      select
        period,
        count(case when stage = 'new' then 1 end) as new_entities,
        count(case when stage = 'returning' then 1 end) as returning_entities,
        count(case when stage = 'resurrecting' then 1 end) as resurrecting_entities,
        count(*) as active_entities
      from stages
      group by period
    ),
    dormant_counts as (
      -- only the one period right after an active one
      select period + 1 as period, count(*) as dormant_entities
      from stages
      where period_after is null or period_after > period + 1
      group by period + 1
    ),
    periods as (
      ${c.fn.eachInteger({ rows: sql`bounds`, from: sql`first_period`, to: sql`last_period`, as: sql`period` })}
    )
    select
      ${startOf(sql`p.period`, o.interval, c)} as period_start,
      coalesce(a.new_entities, 0) as new_entities,
      coalesce(a.returning_entities, 0) as returning_entities,
      coalesce(a.resurrecting_entities, 0) as resurrecting_entities,
      coalesce(d.dormant_entities, 0) as dormant_entities,
      coalesce(a.active_entities, 0) as active_entities,
      ${literal(`by ${o.interval}, new by ${NEW_BY[o.newness]}`)} as rule
    from periods as p
    left join active_counts as a on a.period = p.period
    left join dormant_counts as d on d.period = p.period
  `
}

const NEW_BY = {
  profile_or_first_event: 'profile or first event',
  profile: 'profile',
  first_event: 'first event',
} as const

/** The first event is looked for in all of the past; otherwise one period before the range is enough. */
function within(
  { range: { from, to }, options: o }: Pick<Report<Options>, 'range' | 'options'>,
  c: ModelContext,
): Sql {
  const conditions = [
    ...(from === undefined || o.newness !== 'profile'
      ? []
      : [sql`period >= ${boundNumber(from, o.interval, c)} - 1`]),
    ...(to === undefined ? [] : [sql`period <= ${lastNumber(to, o.interval, c)}`]),
  ]
  return conditions.length === 0 ? sql`` : sql`where ${join(conditions, '\n  and ')}`
}

/** The period in which each profile came to be, as `created`. */
function created({ interval }: Options, by: Entity, c: ModelContext): Sql {
  const { timezone } = c.catalog.project
  const day = c.fn.localDay(sql`created_at`, timezone)
  const period = periodNumber(interval, c, day, sql`created_at`)
  const [id, profiles] =
    by.kind === 'user'
      ? [sql`user_id`, c.ref('user_profiles')]
      : [sql`${identifier(by.key.name)} as group_id`, profilesOf(by.key.name, c)]
  return sql`
    created as (
      select ${id}, ${period} as period
      from ${profiles}
      where created_at is not null
    )
  `
}

function isNew({ newness }: Options): Sql {
  switch (newness) {
    case 'profile':
      return sql`n.period = p.period`
    case 'first_event':
      return sql`n.period_before is null`
    case 'profile_or_first_event':
      return sql`n.period = p.period or (p.period is null and n.period_before is null)`
  }
}
