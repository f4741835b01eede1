/** `number_of_users_who_did` as a filter and as a breakdown of uniques. */
import type { Catalog } from '../../../src/graph/catalog.ts'
import type { ModelContext } from '../../../src/graph/model.ts'
import { called } from '../../../src/graph/called.ts'
import type { Period } from '../../../src/engines/index.ts'
import { identifier, join, literal, sql, type Sql } from '../../../src/sql/sql.ts'
import type { Entity } from '../../../src/graph/entity.ts'
import { idName } from '../conditions.ts'
import { periodStart } from '../periods.ts'
import type { UniquesBreakdown, UniquesFilter } from './options.ts'

type UsersWhoDidFilter = Extract<UniquesFilter, { users_who_did: string }>
type UsersWhoDidBreakdown = Extract<UniquesBreakdown, { users_who_did: string }>

export const isUsersWhoDid = (
  given: UniquesFilter | UniquesBreakdown,
): given is UsersWhoDidFilter | UsersWhoDidBreakdown => 'users_who_did' in given

const OPERATORS = {
  eq: [sql`=`, (a: number, b: number) => a === b],
  neq: [sql`<>`, (a: number, b: number) => a !== b],
  gt: [sql`>`, (a: number, b: number) => a > b],
  gte: [sql`>=`, (a: number, b: number) => a >= b],
  lt: [sql`<`, (a: number, b: number) => a < b],
  lte: [sql`<=`, (a: number, b: number) => a <= b],
} as const

/** Whether the other report counts by period, and with that this filter or breakdown. */
export function isByPeriod(report: string, { project }: Catalog): boolean {
  return called(project.reports, report)?.['interval'] !== undefined
}

/** The name of the id of the group in the relation of a report of users who did. */
export const whoDidId = (by: Entity): string => idName(by, ['period_start', 'users', 'rule'])

/** The same, by the name of the report; without `by` it counts companies. */
function idIn(report: string, { project, groupKeys }: Catalog): Sql {
  const by = called(project.reports, report)?.['by']
  const key = typeof by === 'string' ? called(groupKeys, by) : groupKeys.find(({ b2b }) => b2b)
  return identifier(key === undefined ? 'group_id' : whoDidId({ kind: 'group', key }))
}

/** A condition on the group of an event, and on its period where the other report counts by period. */
export function hasUsersWhoDid(
  { users_who_did: report, op, value }: UsersWhoDidFilter,
  interval: Period,
  c: ModelContext,
): Sql {
  const byPeriod = isByPeriod(report, c.catalog)
  const id = idIn(report, c.catalog)
  const [group, columns] = byPeriod
    ? [sql`(group_id, ${periodStart(interval, c)})`, sql`${id}, period_start`]
    : [sql`group_id`, id]
  const [symbol, compares] = OPERATORS[op]
  const holds = sql`users ${symbol} ${literal(value)}`
  // groups that the other report has no row for have no such users
  const [included, which] = compares(0, value) ? [sql`not in`, sql`not (${holds})`] : [sql`in`, holds]
  return sql`
    ${group} ${included} (
      select ${columns}
      from ${c.ref(report)}
      where ${which}
    )
  `
}

/** A `select` that adds `segment` to rows by group: the number of its users as text. */
export function withNumberOfUsers(
  rows: Sql,
  columns: readonly Sql[],
  { users_who_did: report }: UsersWhoDidBreakdown,
  c: ModelContext,
): Sql {
  const samePeriod = isByPeriod(report, c.catalog) ? sql` and who_did.period_start = e.period_start` : sql``
  return sql`
    select
      ${join([...columns.map((column) => sql`e.${column}`), sql`coalesce(${c.fn.text(sql`who_did.users`)}, '0') as segment`], ',\n')}
    from ${rows} as e
    left join ${c.ref(report)} as who_did on who_did.${idIn(report, c.catalog)} = e.group_id${samePeriod}
  `
}
