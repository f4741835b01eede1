import type { Source } from '../../graph/catalog.ts'
import type { ModelContext } from '../../graph/model.ts'
import { identifier, literal, sql } from '../../sql/sql.ts'
import { plural } from '../../problems.ts'
import { countOf, type TestDefinition } from '../check.ts'
import { check } from '../definition.ts'
import { keysWithProfiles, tablesOf } from '../group_tables.ts'
import { visibly } from '../sentences.ts'

/** A table of profiles that shares no id with the events: the ids of the one are not those of the other. */
export const unmatchedProfiles = check({
  name: 'unmatched_profiles',
  description:
    'Of every Group Table and user table at least one id is on events, and of every source of links one user and one group are known.',
  severity: 'warn',
  testsOf: ({ catalog }) => {
    const tests = (tables: readonly Source[], model: string, what: string) =>
      tables.map((table): TestDefinition => ({
        ...testOf(table, model, what, tables.length === 1),
        at: catalog.project.locate([...table.path, 'name']),
      }))
    return [
      ...keysWithProfiles(catalog).flatMap((key) =>
        tests(tablesOf(catalog, key), 'group_profiles', key.name),
      ),
      ...tests(catalog.sourcesOf('user_table'), 'user_profiles', 'user'),
      ...catalog.sourcesOf('links').map((source) => ({
        ...ofLinks(source),
        at: catalog.project.locate([...source.path, 'name']),
      })),
    ]
  },
})

/** @param alone all profiles of the kind come from it */
function testOf(table: Source, model: string, what: string, alone: boolean): TestDefinition {
  const column = model === 'user_profiles' ? sql`user_id` : sql`group_id`
  const ofKey = model === 'user_profiles' ? sql`true` : sql`group_key = ${literal(what)}`
  const isOfTable = (c: ModelContext) =>
    alone
      ? sql`has_profile`
      : sql`has_profile and ${column} in (select ${column} from (${c.read(table.name)}) as profile_rows)`
  return {
    name: `unmatched_profiles_${table.name}`,
    description: `An id of \`${table.name}\` is on events.`,
    models: [model],
    sources: alone ? [] : [table.name],
    failures: (c) => sql`
      select *
      from (
        select
          count(case when ${isOfTable(c)} then 1 end) as profiles,
          count(case when ${isOfTable(c)} and events > 0 then 1 end) as matched,
          count(case when events > 0 then 1 end) as on_events,
          min(case when ${isOfTable(c)} then ${c.fn.byBytes(column)} end) as profile_id,
          min(case when events > 0 then ${c.fn.byBytes(column)} end) as event_id
        from ${c.ref(model)}
        where ${ofKey}
      ) as counted
      where profiles > 0 and matched = 0 and on_events > 0
    `,
    explain: (row) =>
      `none of the ${plural(countOf(row['profiles']), 'id')} of ${table.name}, such as ${visibly(row['profile_id'])}, is a ${what} of an event; those are such as ${visibly(row['event_id'])}`,
    fix: 'Look at which column has the id that events carry, and at how it is written.',
  }
}

/** Users are known by events and profiles; groups too, a group that only links name is not known. */
function ofLinks(source: Source): TestDefinition {
  return {
    name: `unmatched_profiles_${source.name}`,
    description: `A user and a group of \`${source.name}\` are on events or have a profile.`,
    models: ['user_groups', 'user_profiles', 'group_profiles'],
    sources: [source.name],
    failures: ({ fn, ref, read }) => sql`
      with
      linked as (
        select user_id, group_key, group_id
        from ${ref('user_groups')}
        where from_link
          and user_id in (select user_id from (${read(source.name)}) as ${identifier(source.name)})
      ),
      known_users as (
        select user_id as id
        from ${ref('user_profiles')}
        where events > 0 or has_profile
      ),
      known_groups as (
        select group_key, group_id as id
        from ${ref('group_profiles')}
        where events > 0 or has_profile
      )
      select 'user' as what, count(distinct user_id) as ids, min(${fn.byBytes(sql`user_id`)}) as example
      from linked
      having count(*) > 0
        and max(case when user_id in (select id from known_users) then 1 else 0 end) = 0
      union all
      select group_key as what, count(distinct group_id) as ids, min(${fn.byBytes(sql`group_id`)}) as example
      from linked
      -- a key may be one of links alone
      where group_key in (select group_key from known_groups)
      group by group_key
      having max(
        case
          when exists (
            select 1 from known_groups as g where g.group_key = linked.group_key and g.id = linked.group_id
          ) then 1
          else 0
        end
      ) = 0
    `,
    explain: (row) =>
      `none of the ${plural(countOf(row['ids']), 'id')} of ${source.name}, such as ${visibly(row['example'])}, is a ${String(row['what'])} of an event or a profile`,
    fix: 'Look at which column has the id that events and profiles carry, and at how it is written.',
  }
}
