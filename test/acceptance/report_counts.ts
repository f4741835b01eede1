/** What is counted before any report: events by name, ids and attributions by key, users and events of groups. */
import type { Warehouse } from '../../src/index.ts'
import { same, type Comparison } from './comparisons.ts'
import type { StagedEvents } from './dataset_events.ts'
import type { DataSet, UsersPerGroup } from './datasets.ts'
import { BY_EVENT, map, type Values } from './published.ts'
import { registered } from './report_project.ts'

/** The relations that are asked, which reports need not read. */
export const COUNTED = ['events', 'event_groups', 'user_groups']

export async function compareCounts(
  db: Warehouse,
  { facts }: DataSet,
  events: StagedEvents,
): Promise<Comparison[]> {
  const { by_event, distinct, attributions } = facts.counts
  // a key that no event carries has no ids to count
  const told = (counts: Values): Values =>
    Object.fromEntries(
      Object.entries(counts).flatMap(([key, n]) =>
        events.missing.includes(key) || n === 0 ? [] : [[key === events.user ? 'user' : registered(key), n]],
      ),
    )
  const comparisons = [
    ...same('counts by_event', by_event, await map(db, BY_EVENT)),
    ...same('counts distinct', told(distinct), await idsBy(db, 'count(distinct id)', events)),
  ]
  if (attributions)
    comparisons.push(...same('counts attributions', told(attributions), await idsBy(db, 'count(id)', events)))
  return [...comparisons, ...(await compareUsers(db, facts.users_per_group))]
}

/** By key; `user` where there are users. */
function idsBy(db: Warehouse, count: string, { user }: StagedEvents): Promise<Values> {
  const ids = [
    'select group_key as key, group_id as id from event_groups',
    ...(user === undefined ? [] : [`select 'user', user_id from events`]),
  ]
  return map(
    db,
    `select key as name, ${count} as value from (${ids.join(' union all ')}) as ids group by key`,
  )
}

/** Who is linked with how many groups, and the groups of most users. */
async function compareUsers(db: Warehouse, facts: UsersPerGroup | undefined): Promise<Comparison[]> {
  if (facts === undefined) return []
  const { key, groups, user_group_pairs, top } = facts
  const whole = await map(
    db,
    `select 'groups' as name, count(distinct group_id) as value from event_groups where group_key = '${key}'
     union all
     select 'user_group_pairs', count(*) from user_groups where group_key = '${key}'`,
  )
  const listed = top.map(({ group_id: id }) => `'${id}'`).join(', ')
  const ofTop = await map(
    db,
    `select 'events of ' || group_id as name, count(*) as value from event_groups
     where group_key = '${key}' and group_id in (${listed}) group by group_id
     union all
     select 'users of ' || group_id, count(*) from user_groups
     where group_key = '${key}' and group_id in (${listed}) group by group_id`,
  )
  const expected = top.flatMap(({ group_id: id, events, users }): [string, number][] => [
    [`events of ${id}`, events],
    ...(users > 0 ? [[`users of ${id}`, users] as [string, number]] : []),
  ])
  return [
    ...same(`users per ${key}:`, { groups, user_group_pairs }, whole),
    ...same(`users per ${key}:`, Object.fromEntries(expected), ofTop),
  ]
}
