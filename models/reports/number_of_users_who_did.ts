/** How many users of each group did something as often as asked; groups without any are there with 0. */
import * as z from 'zod'
import type { Catalog } from '../../src/graph/catalog.ts'
import type { ModelDefinition, ModelContext } from '../../src/graph/model.ts'
import { reportType, type Invalid, type Report } from '../../src/graph/report.ts'
import type { Part } from '../../src/graph/report_parts.ts'
import { isDay } from '../../src/project/local_time.ts'
import { conditionFields, periodSchema } from '../../src/project/report_schema.ts'
import { join, literal, sql, type Sql } from '../../src/sql/sql.ts'
import { requireEntity, eitherEvent } from './activity.ts'
import { byName, entityNoun, filterSql, namedId, needsProperties } from './conditions.ts'
import { asksOf, hasUser, partOf } from './parts.ts'
import { periodDoc, periodStart, periodType, withinRange } from './periods.ts'
import { entityEvents } from './stream.ts'
import { whoDidId } from './uniques/users_who_did.ts'

const options = z.object({
  ...conditionFields,
  frequency: z
    .strictObject({
      op: z
        .enum(['eq', 'gte', 'lte', 'gt', 'lt'])
        .default('gte')
        .describe('How the number of times compares; only users who did it at least once are looked at.'),
      value: z.int().nonnegative().default(1).describe('The number of times.'),
    })
    .prefault({})
    .describe('How often a user has to have done it, in the period or in the whole range.'),
  interval: periodSchema
    .optional()
    .describe('Count in each hour, day, week or month; default: over the whole range.'),
})

type Options = z.output<typeof options>

export const numberOfUsersWhoDid = reportType({
  type: 'number_of_users_who_did',
  description:
    'How many users of each group did something, so many times, in each period or over the whole range; with the groups where nobody did.',
  options,
  by: 'company',
  validate: ({ options: o }) => [...eitherEvent(o), ...impossible(o)],
  models: (report, catalog) => [usersModel(report, catalog)],
  parts: (report) => [part(report)],
})

function part(report: Report<Options>): Part {
  const { options: o } = report
  const by = requireEntity(report.by)
  const condition = { event: o.event, any_event: o.any_event, where: [] }
  return partOf(report, {
    by,
    condition,
    asks: [...asksOf(report, by, condition, []), hasUser(report)],
    seen: [{ model: report.name, when: sql`users > 0` }],
    otherwise: `no user did it ${timesOf(o.frequency.op, o.frequency.value)} for one ${byName(by)} in ${o.interval === undefined ? 'the range' : `one ${o.interval}`}`,
  })
}

/** What users who did it at least once have never done so often. */
function impossible({ frequency: { op, value } }: Options): Invalid[] {
  const least = { eq: 1, lte: 1, lt: 2, gte: 0, gt: 0 }[op]
  if (value >= least) return []
  return [
    {
      code: 'contradiction',
      path: ['frequency', 'value'],
      message: `nobody did it ${timesOf(op, value)}: only users who did it at least once are looked at.`,
      fix: `Ask for \`value: ${least}\` or more. Groups where nobody did it are in the report anyway, with 0 users.`,
    },
  ]
}

function usersModel(report: Report<Options>, catalog: Catalog): ModelDefinition {
  const { options: o } = report
  const by = requireEntity(report.by)
  const id = whoDidId(by)
  return {
    name: report.name,
    description:
      `${report.description} How many users did something, for each of the ${entityNoun(by)} with any event at that time; users do not add up over groups or periods.`.trim(),
    rules: ['NUM-1', 'REP-2', 'REP-3'],
    grain: [id, ...(o.interval === undefined ? [] : ['period_start'])],
    columns: {
      [id]: { type: 'text', description: `The group of ${byName(by)}.` },
      ...(o.interval === undefined
        ? {}
        : {
            period_start: { type: periodType(o.interval), description: periodDoc(o.interval, catalog) },
          }),
      users: {
        type: 'bigint',
        description:
          'Distinct users who did it for the group as often as asked; anonymous and service users are not counted.',
      },
      rule: { type: 'text', description: 'The rule that counted.' },
    },
    materialized: report.materialized,
    select: (c) => select(report, c),
  }
}

/** Whether days say which groups were active. */
const seesDays = ({ options: o, range }: Report<Options>): boolean =>
  o.interval !== 'hour' && [range.from, range.to].every((bound) => bound === undefined || isDay(bound))

const SYMBOLS = { eq: sql`=`, gte: sql`>=`, lte: sql`<=`, gt: sql`>`, lt: sql`<` } as const
const WORDS = { eq: 'exactly', gte: 'at least', lte: 'at most', gt: 'more than', lt: 'less than' } as const

/** `at least once`, `exactly 2 times` */
const timesOf = (op: keyof typeof WORDS, value: number): string =>
  `${WORDS[op]} ${value === 1 ? 'once' : `${value} times`}`

function select(report: Report<Options>, c: ModelContext): Sql {
  const { options: o, where, range } = report
  const by = requireEntity(report.by)
  const { op, value } = o.frequency
  const period = o.interval === undefined ? [] : [sql`period_start`]
  const begun = o.interval === undefined ? [] : [periodStart(o.interval, c)]
  const start = begun.map((value) => sql`${value} as period_start`)
  const keys = join([sql`group_id`, ...period], ', ')
  const did = entityEvents(
    {
      by,
      columns: [sql`user_id`, ...start, sql`count(*) as times`],
      where: [
        sql`user_id is not null`,
        ...withinRange(range, c),
        ...where.map((filter) => filterSql(filter, by, c)),
      ],
      events: o.event === undefined ? undefined : [o.event],
      properties: needsProperties(where),
    },
    c,
  )
  const ofKey = [sql`group_key = ${literal(byName(by))}`, ...withinRange(range, c)]
  const rule = `${timesOf(op, value)}, ${o.interval === undefined ? 'whole range' : `calendar ${o.interval}`}`
  return sql`
    with
    times_done as (
      ${did}
      group by ${join([sql`group_id`, sql`user_id`, ...begun], ', ')}
    ),
    users_who_did as (
      select ${keys}, count(*) as users
      from times_done
      where times ${SYMBOLS[op]} ${literal(value)}
      group by ${keys}
    ),
    -- groups with any event at all, for those where nobody did
    active_groups as (
      select distinct ${join([sql`group_id`, ...start], ', ')}
      from ${c.ref(seesDays(report) ? 'group_activity_daily' : 'event_groups')}
      where ${join(ofKey, '\n  and ')}
    )
    select
      ${join([namedId(sql`a.group_id`, whoDidId(by)), ...period.map((key) => sql`a.${key}`), sql`coalesce(d.users, 0) as users`, sql`${literal(rule)} as rule`], ',\n')}
    from active_groups as a
    left join users_who_did as d
      on ${join(
        [sql`group_id`, ...period].map((key) => sql`d.${key} = a.${key}`),
        ' and ',
      )}
  `
}
