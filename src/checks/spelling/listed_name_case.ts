import type { ModelContext } from '../../graph/model.ts'
import type { Catalog } from '../../graph/catalog.ts'
import { join, literal, sql, type Sql } from '../../sql/sql.ts'
import type { TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { seen, visibly } from '../sentences.ts'
import { alike, differsIn, OF_NAMES } from './near_misses.ts'

/**
 * `Pageview` in `exclude_events` leaves no `Page View` out. That a listed name never occurs is usual, for a list may
 * name what is yet to come; that something much like it is counted is not.
 */
export const listedNameCase = check({
  name: 'listed_name_case',
  description:
    'No event and no user that is counted is in `exclude_events` or `service_user_ids` but for case, white space, Unicode form, or how words are joined.',
  severity: 'warn',
  testsOf: ({ catalog }) => [
    ...(catalog.sourcesOf('events').length === 0 ? [] : testOf(EVENTS, catalog)),
    ...testOf(USERS, catalog),
  ],
})

/** A list of names, and what is counted of what it may have meant. */
interface Listed {
  readonly list: 'exclude_events' | 'service_user_ids'
  readonly what: 'event' | 'user'
  readonly model: string
  readonly column: Sql
  readonly firstSeen: Sql
  readonly lastSeen: Sql
  /** Whether each row has another name: then all can be looked at in the scan that other tests make. */
  readonly isUnique: boolean
}

const EVENTS: Listed = {
  list: 'exclude_events',
  what: 'event',
  model: 'events_daily',
  column: sql`event_name`,
  firstSeen: sql`first_at`,
  lastSeen: sql`last_at`,
  isUnique: false,
}

const USERS: Listed = {
  list: 'service_user_ids',
  what: 'user',
  model: 'user_profiles',
  column: sql`user_id`,
  firstSeen: sql`first_seen_at`,
  lastSeen: sql`last_seen_at`,
  isUnique: true,
}

function testOf(of: Listed, { project }: Catalog): TestDefinition[] {
  const { list, what, model } = of
  const names = [...new Set(project[list])]
  if (names.length === 0) return []
  const isMissed = ({ fn }: ModelContext, name: Sql) => {
    const meant = names.map((written) => alike(fn, literal(written), OF_NAMES))
    return sql`${alike(fn, name, OF_NAMES)} in (${join(meant, ', ')}) and ${name} not in (${join(names.map(literal), ', ')})`
  }
  return [
    {
      name: `listed_name_case_of_${what}s`,
      description: `No ${what} is in \`${list}\` in another spelling.`,
      models: [model],
      at: project.locateKey([list]),
      prefilter: of.isUnique ? { model, when: (c) => isMissed(c, of.column) } : undefined,
      rowsIn: 'events',
      failures: (c) => sql`
        with
        listed_names as (
          ${join(
            names.map((name) => listed(name, list, project, c)),
            '\nunion all\n',
          )}
        ),
        counted_names as (
          select
            ${of.column} as name,
            cast(sum(events) as ${c.fn.type('bigint')}) as events,
            min(${of.firstSeen}) as first_seen_at,
            max(${of.lastSeen}) as last_seen_at
          from ${c.ref(model)}
          group by ${of.column}
        ),
        missed_names as (
          select name, events, first_seen_at, last_seen_at, ${alike(c.fn, sql`name`, OF_NAMES)} as plain_name
          from counted_names
          where ${isMissed(c, sql`name`)}
        )
        select
          l.place,
          l.name as listed_name,
          m.name,
          m.events,
          m.first_seen_at,
          m.last_seen_at,
          ${differsIn(c.fn, sql`m.name`, sql`l.name`, OF_NAMES)} as differs_in
        from missed_names as m
        join listed_names as l on l.plain_name = m.plain_name
        order by m.events desc, ${c.fn.byBytes(sql`m.name`)}, ${c.fn.byBytes(sql`l.name`)}
      `,
      explain: (row) =>
        `${String(row['place'])}: ${visibly(row['listed_name'])} is not the ${what} ${visibly(row['name'])} (${seen(row['events'], row['first_seen_at'], row['last_seen_at'])}), which differs in ${String(row['differs_in'])} and is counted`,
      fix: `Names are compared byte for byte: write ${what === 'event' ? 'the event' : 'the id'} as the data has it, or list each spelling.`,
    },
  ]
}

function listed(name: string, list: Listed['list'], project: Catalog['project'], { fn }: ModelContext): Sql {
  const { file, line } = project.locate([list, project[list].indexOf(name)])
  return sql`
    select
      ${literal(`${file}:${String(line)}`)} as place,
      ${literal(name)} as name,
      ${alike(fn, literal(name), OF_NAMES)} as plain_name
  `
}
