import type { Catalog, GroupKey } from '../src/graph/catalog.ts'
import { eachGroup } from '../src/graph/event_group_ids.ts'
import type { ModelDefinition, ModelContext } from '../src/graph/model.ts'
import { identifier, join, literal, sql, type Sql } from '../src/sql/sql.ts'
import { emptySelect } from './lib/empty_select.ts'

/**
 * The index that makes groups countable: one row per event, group key and group id. An event with three
 * companies is three rows, so events are only ever counted here per group.
 */
export function eventGroups(catalog: Catalog): ModelDefinition {
  return {
    name: 'event_groups',
    description:
      'Which groups each event belongs to. Never count events here without saying for which group.',
    rules: ['ATT-1', 'ATT-3', 'ATT-4', 'ID-1'],
    grain: ['event_id', 'group_key', 'group_id'],
    columns: {
      event_id: { type: 'text', description: 'The event.' },
      group_key: { type: 'text', description: 'The group key, such as company_id.' },
      group_id: { type: 'text', description: 'The group, byte for byte as on the event.' },
      group_sk: { type: 'integer', description: 'The number of the group in group_surrogate_keys.' },
      event_name: { type: 'text', description: 'Name of the event.' },
      occurred_at: { type: 'timestamp', description: 'When it happened, UTC.' },
      day: { type: 'date', description: `The calendar day of occurred_at in ${catalog.project.timezone}.` },
      user_id: { type: 'text', description: 'Who did it; null when anonymous or a service user.' },
      source_rows: {
        type: 'bigint',
        description: 'Rows of the source that were this event: 1, or more where it was sent again.',
      },
    },
    materialized: 'table',
    select: (c) =>
      catalog.groupKeys.length === 0
        ? emptySelect(NO_GROUPS, c)
        : join(
            catalog.groupKeys.map((key) => attributed(key, c)),
            '\nunion all\n',
          ),
  }
}

function attributed(key: GroupKey, c: ModelContext): Sql {
  return sql`
    select
      e.event_id,
      ${literal(key.name)} as group_key,
      e.group_id,
      n.group_sk,
      e.event_name,
      e.occurred_at,
      e.day,
      e.user_id,
      e.source_rows
    from (
      ${eachGroup(
        key,
        {
          rows: c.ref('events'),
          keep: ['event_id', 'event_name', 'occurred_at', 'day', 'user_id', 'source_rows'].map((n) =>
            identifier(n),
          ),
          where: attributes(key, c),
        },
        c.fn,
      )}
    ) as e
    join ${c.ref('group_surrogate_keys')} as n on n.group_key = ${literal(key.name)} and n.group_id = e.group_id
  `
}

/** An event of which nobody knows when it happened is kept in `events`, to be told of, and counts nowhere. */
export const HAS_TIME = sql`occurred_at is not null`

/** What lets an event belong to the groups of a key that it carries. */
export const attributes = (key: GroupKey, c: ModelContext): Sql[] => [HAS_TIME, ...registration(key, c)]

/** Events before `registered_at` are not attributed, the instant itself is; `retired_at` ends it. */
export function registration(key: GroupKey, { fn }: ModelContext): Sql[] {
  // An event whose arrival is unknown is held against the time when it happened.
  const time = key.basis === 'ingested_at' ? sql`coalesce(ingested_at, occurred_at)` : sql`occurred_at`
  return [
    ...(key.registered_at !== undefined && !key.backfill
      ? [sql`${time} >= ${fn.instantLiteral(key.registered_at)}`]
      : []),
    ...(key.retired_at !== undefined ? [sql`${time} < ${fn.instantLiteral(key.retired_at)}`] : []),
  ]
}

const NO_GROUPS = {
  event_id: 'text',
  group_key: 'text',
  group_id: 'text',
  group_sk: 'integer',
  event_name: 'text',
  occurred_at: 'timestamp',
  day: 'date',
  user_id: 'text',
  source_rows: 'bigint',
} as const
