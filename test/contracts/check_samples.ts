/** A right and a wrong example of every check, and what its test says of the wrong one. */
import type { CheckName } from '../../src/checks/index.ts'
import type { CheckSample } from './check_contract.ts'
import { projectOf, source, together, type Part } from './check_projects.ts'

interface Example extends Pick<CheckSample, 'test' | 'says' | 'withoutRows'> {
  /** Of the project in both cases. */
  readonly both?: Part
  readonly right: Part
  readonly wrong: Part
  /** The project that it is put into: examples of one do not disturb one another. */
  readonly among?: 'limits' | 'all events' | 'unreadable'
}

/** Rows of `app`. */
const events = (...rows: readonly object[]): Part => ({ events: rows })
/** Rows of `app` that say their properties only. */
const having = (...properties: readonly object[]): Part => events(...properties.map((p) => ({ p })))

/** A test that is declared for a column, or for the relation, of a model with the example's events. */
const declared = (check: CheckName, on: string | undefined, args: object): Part => {
  const tests = [{ [check]: { name: `declared_${check}`, ...args } }]
  const relation = { name: `of_${check}`, ...(on === undefined ? { data_tests: tests } : {}) }
  const columns = on === undefined ? [] : [{ name: on, data_tests: tests }]
  return {
    files: {
      [`models/of_${check}.sql`]: `select * from {{ ref('events') }} where event_name = '${check}'\n`,
      [`models/of_${check}.yml`]: JSON.stringify({ models: [{ ...relation, columns }] }),
    },
  }
}

const REPORT = { type: 'uniques', by: 'user', interval: 'day' }
const report = (name: string, ...metrics: readonly object[]): Part => ({
  project: { reports: [{ name, ...REPORT, metrics }] },
})
const limits = (of: Readonly<Record<string, number>>): Part => ({ project: { limits: of } })
const key = (name: string, more: object = {}): Part => ({ project: { group_keys: [{ name, ...more }] } })
const options = (check: CheckName, of: object): Part => ({ project: { data_tests: { [check]: of } } })

const COLUMNS = { event: 'event', time: 'time' }
const WITHOUT_GROUPS = { type: 'events', columns: COLUMNS, group_keys: [] }
const NOON = '2024-03-01T12:00:00Z'

/** One event for each id of a key, in a source of its own. */
const carrying = (name: string, groupKey: string, ...ids: readonly string[]): Part =>
  source(
    name,
    { type: 'events', columns: COLUMNS, group_keys: [groupKey] },
    `event,time,${groupKey}`,
    ...ids.map((id) => `base,${NOON},${id}`),
  )
const groupTable = (name: string, groupKey: string, ...ids: readonly string[]): Part =>
  source(name, { type: 'group_table', group_key: groupKey, columns: { id: 'id' } }, 'id', ...ids)

/** Nine days of two events; on the last of them so many have a group. */
const days = (attributed: number): Part =>
  source(
    'daily',
    { type: 'events', columns: COLUMNS, group_keys: ['company_id'] },
    'event,time,company_id',
    ...Array.from({ length: 9 }, (_, day) =>
      [1, 2].map((n) => `base,2024-03-0${day + 1},${day === 8 && n > attributed ? '' : 'acme'}`),
    ).flat(),
  )

const EXAMPLES: Record<CheckName, Example> = {
  readable_times: {
    test: 'readable_times_app',
    among: 'unreadable',
    right: events({}),
    wrong: events({ time: 'soon' }),
    says: "1: 'soon' in 1 row of app is not a time",
  },
  readable_operations: {
    test: 'readable_operations_changes',
    right: changes('set', '"{""plan"": ""pro""}"'),
    wrong: changes('$append', '"{""plan"": ""pro""}"'),
    says: "1: 1 row 'append' of changes has an operation that profiles of groups do not have",
  },
  readable_properties: {
    test: 'readable_properties_app',
    right: events({ p: {} }),
    wrong: events({ p: 'none' }),
    says: '1: app has a text in place of an object of properties in 1 row, such as \'"none"\'',
  },
  readable_values: {
    test: 'readable_values_crm',
    right: { companies: [{ id: 'acme', seats: '5' }] },
    wrong: { companies: [{ id: 'many', seats: 'many' }] },
    says: "1: seats = 'many' in 1 row of crm is no integer",
  },
  unique: {
    test: 'declared_unique',
    both: declared('unique', 'user_id', {}),
    right: events({ user: 'one' }, { user: 'two' }),
    wrong: events({ user: 'one' }, { user: 'one' }),
    says: "1: user_id = 'one' is there 2 times",
  },
  not_null: {
    test: 'declared_not_null',
    both: declared('not_null', 'user_id', {}),
    right: events({ user: 'one' }),
    wrong: events({ user: null }),
    says: "1: user_id is null where event_id = '1737d7f93af2b03b0661feb7059bf2ef', source = 'app', event_name = 'not_null', occurred_at = 2024-03-01T12:00:00.000Z",
  },
  accepted_values: {
    test: 'declared_accepted_values',
    both: declared('accepted_values', 'user_id', { values: ['one', 'two'] }),
    right: events({ user: 'one' }),
    wrong: events({ user: 'three' }),
    says: "1: user_id = 'three' in 1 row is not in the list",
  },
  relationships: {
    test: 'declared_relationships',
    both: declared('relationships', 'device_id', { to: "ref('user_profiles')", field: 'user_id' }),
    right: events({ device: 'ann' }),
    wrong: events({ device: 'nobody' }),
    says: "1: device_id = 'nobody' is no user_id of user_profiles",
  },
  unique_combination_of_columns: {
    test: 'declared_unique_combination_of_columns',
    both: declared('unique_combination_of_columns', undefined, {
      combination_of_columns: ['user_id', 'device_id'],
    }),
    right: events({ user: 'one', device: 'a' }, { user: 'one', device: 'b' }),
    wrong: events({ user: 'one', device: 'a' }, { user: 'one', device: 'a' }),
    says: "1: user_id = 'one', device_id = 'a' is there 2 times",
  },
  accepted_range: {
    test: 'declared_accepted_range',
    both: declared('accepted_range', 'user_id', { max_value: "'five'" }),
    right: events({ user: 'a' }),
    wrong: events({ user: 'z' }),
    says: "1: user_id = 'z' where event_id = 'c6bd5c67848d67c6c47a32d1e54f44ff', source = 'app', event_name = 'accepted_range', occurred_at = 2024-03-01T12:00:00.000Z",
  },
  not_empty_string: {
    test: 'declared_not_empty_string',
    // Apart from placeholder_ids.
    among: 'limits',
    both: declared('not_empty_string', 'user_id', {}),
    right: events({ user: 'one' }),
    wrong: events({ user: ' ' }),
    says: "1: user_id is empty where event_id = '7f2f3085de453c39410f47f581e4ca99', source = 'app', event_name = 'not_empty_string', occurred_at = 2024-03-01T12:00:00.000Z",
  },
  at_least_one: {
    test: 'declared_at_least_one',
    both: declared('at_least_one', 'user_id', {}),
    right: events({ user: 'one' }, { user: null }),
    wrong: events({ user: null }),
    says: '1: user_id is null in every row',
    withoutRows: 'fail',
  },
  recency: {
    test: 'declared_recency',
    both: declared('recency', undefined, { datepart: 'year', interval: 100, field: 'occurred_at' }),
    right: events({}),
    wrong: events({ time: '1900-01-01T00:00:00Z' }),
    says: '1: the latest occurred_at is 1900-01-01T00:00:00.000Z, before …',
  },
  expression_is_true: {
    test: 'declared_expression_is_true',
    both: declared('expression_is_true', 'user_id', { expression: "<> 'two'" }),
    right: events({ user: 'one' }),
    wrong: events({ user: 'two' }),
    says: "1: `user_id <> 'two'` is not true where event_id = 'b4577ab3fc9dc1f577a9627f4e72665a', source = 'app', event_name = 'expression_is_true', occurred_at = 2024-03-01T12:00:00.000Z",
  },
  singular: {
    test: 'nobody_is_two',
    both: {
      files: {
        'tests/nobody_is_two.sql': "select user_id from {{ ref('events') }} where user_id = 'twice'\n",
      },
    },
    right: events({ user: 'once' }),
    wrong: events({ user: 'twice' }),
    says: "1: user_id = 'twice'",
  },
  group_id_case: {
    test: 'group_id_case',
    right: having({ company_id: 'case' }),
    wrong: having({ company_id: 'case' }, { company_id: 'case' }, { company_id: 'Case' }),
    says: "1: company_id 'Case' (1 event, on 2024-03-01) differs from 'case' (2 events, on 2024-03-01) in case",
  },
  group_id_profile_case: {
    test: 'group_id_profile_case',
    // Apart from group_id_case, which finds the same ids.
    among: 'limits',
    both: { companies: [{ id: 'case' }] },
    right: having({ company_id: 'case' }),
    wrong: having({ company_id: 'Case' }),
    says: "1: company_id 'Case' (1 event, on 2024-03-01) has no profile; the Group Table has 'case', which differs in case",
  },
  group_key_spelling: {
    test: 'group_key_spelling_spelled',
    right: carrying('spelled', 'company_id', 'acme'),
    wrong: source(
      'spelled',
      { type: 'events', columns: COLUMNS, group_keys: ['company_id'] },
      'event,time,company_id,companyId',
      `base,${NOON},,acme`,
      `base,${NOON},acme,`,
    ),
    says: "1: column 'companyId' of spelled (1 row, on 2024-03-01) differs from 'company_id' in case, separators; 1 row has 'company_id' (on 2024-03-01), no row has both",
  },
  event_name_case: {
    test: 'event_name_case',
    right: events({ event: 'Log In' }, { event: 'Log Out' }),
    wrong: events({ event: 'Log In' }, { event: 'Log In' }, { event: 'log_in' }),
    says: "1: 'log_in' (1 event, on 2024-03-01) differs from 'Log In' (2 events, on 2024-03-01) in case, separators",
  },
  listed_name_case: {
    test: 'listed_name_case_of_events',
    both: { project: { exclude_events: ['Heart Beat'] } },
    right: events({ event: 'Heart Beats' }, { event: 'Heart Beat' }),
    wrong: events({ event: 'heartbeat' }, { event: 'Heart Beat' }),
    says: "1: project.yml:1: 'Heart Beat' is not the event 'heartbeat' (1 event, on 2024-03-01), which differs in case, separators and is counted",
  },
  placeholder_ids: {
    test: 'placeholder_ids_of_users',
    right: events({ user: 'nullius' }),
    wrong: events({ user: 'null' }),
    says: "1: A user has the id 'null': 1 event, on 2024-03-01",
  },
  report_events: {
    test: 'report_events_signs',
    both: report('signs', { name: 'signs', event: 'Sign Up' }),
    right: events({ event: 'Sign Up' }),
    wrong: events({ event: 'Sing Up' }),
    says: "1: project.yml:1: no event is called 'Sign Up'; the nearest is 'Sing Up'",
  },
  report_properties: {
    test: 'report_properties_painted_of_events',
    both: report('painted', {
      name: 'painted',
      event: 'report_properties',
      where: [{ of: 'event', property: 'colour', op: 'is_not_null' }],
    }),
    right: having({ colour: 'red' }),
    wrong: having({ coulour: 'red' }),
    says: "1: project.yml:1: no event has a property 'colour'; the nearest is 'coulour'",
  },
  report_filter_values: {
    test: 'report_filter_values_sized_in_events',
    both: report('sized', {
      name: 'sized',
      event: 'report_filter_values',
      where: [{ of: 'event', property: 'shape', op: 'eq', value: 'round' }],
    }),
    right: having({ shape: 'round' }),
    wrong: having({ shape: 'Round' }),
    says: "1: project.yml:1: shape is never 'round'; the nearest is 'Round'",
  },
  report_matches: {
    test: 'report_matches_matched',
    both: report('matched', {
      name: 'matched',
      event: 'report_matches',
      where: [
        { of: 'event', property: 'first', op: 'eq', value: 'yes' },
        { of: 'event', property: 'second', op: 'eq', value: 'yes' },
      ],
    }),
    right: events({ user: 'ann', p: { first: 'yes', second: 'yes' } }),
    wrong: events(
      { user: 'ann', p: { first: 'yes', second: 'no' } },
      { user: 'ann', p: { first: 'no', second: 'yes' } },
    ),
    says: "1: project.yml:1: metric 'matched' ('report_matches' with first = 'yes' and second = 'yes') finds nothing: no 'report_matches' event has both first = 'yes' and second = 'yes', though each of these is there",
  },
  empty_sources: {
    test: 'empty_sources_idle',
    right: source('idle', WITHOUT_GROUPS, 'event,time', `base,${NOON}`),
    wrong: source('idle', WITHOUT_GROUPS, 'event,time'),
    says: '1: idle has no event with a time',
    withoutRows: 'warn',
  },
  absent_group_keys: {
    test: 'absent_group_keys_carried',
    both: key('crew'),
    right: carrying('carried', 'crew', 'crew-1'),
    wrong: carrying('carried', 'crew', ''),
    says: '1: no event of carried carries crew',
  },
  null_properties: {
    test: 'null_properties_plain',
    right: source('plain', { ...WITHOUT_GROUPS, properties: ['hue'] }, 'event,time,hue', `base,${NOON},red`),
    wrong: source('plain', { ...WITHOUT_GROUPS, properties: ['hue'] }, 'event,time,hue', `base,${NOON},`),
    says: "1: 'hue' of plain is null on every row",
  },
  unmatched_profiles: {
    test: 'unmatched_profiles_realms',
    both: together(key('realm'), carrying('of_realms', 'realm', 'north')),
    right: groupTable('realms', 'realm', 'north', 'south'),
    wrong: groupTable('realms', 'realm', 'west', 'south'),
    says: "1: none of the 2 ids of realms, such as 'south', is a realm of an event; those are such as 'north'",
  },
  attribution_share: {
    test: 'attribution_share_crowd',
    among: 'all events',
    both: together(key('crowd'), options('attribution_share', { min_share: { crowd: 0.2 } })),
    right: carrying('of_crowds', 'crowd', 'crowd-1', 'crowd-2'),
    wrong: carrying('of_crowds', 'crowd', 'crowd-1', '', ''),
    says: '1: 12.5 % of 8 events carry a crowd, less than 20.0 %',
  },
  attribution_history: {
    test: 'attribution_history',
    both: options('attribution_history', { min_events: 2 }),
    right: days(2),
    wrong: days(1),
    says: '1: On 2024-03-09 50.0 % of 2 events of daily carry a company_id; the median of the 8 days before is 100.0 %',
  },
  attribution_window: {
    test: 'attribution_window',
    right: together(key('reign', { registered_at: '2024-03-01' }), carrying('of_reigns', 'reign', 'stone')),
    wrong: together(key('reign', { registered_at: '2024-03-02' }), carrying('of_reigns', 'reign', 'stone')),
    says: '1: 1 event of of_reigns with an id of reign (on 2024-03-01) lies outside of its time (registered at 2024-03-02) and counts for no group',
  },
  unregistered_group_keys: {
    test: 'unregistered_group_keys',
    right: having({ workspace: 'w' }),
    wrong: having({ workspace_id: 'w' }),
    says: "1: app has the property 'workspace_id', which is no group key (1 event, on 2024-03-01)",
  },
  groups_without_profile: {
    test: 'groups_without_profile_guild',
    both: together(key('guild'), groupTable('guilds', 'guild', 'smiths')),
    right: carrying('of_guilds', 'guild', 'smiths'),
    wrong: carrying('of_guilds', 'guild', 'smiths', 'bakers'),
    says: "1: guild 'bakers' has no profile (1 event, on 2024-03-01)",
  },
  profiles_without_events: {
    test: 'profiles_without_events_clan',
    both: together(
      key('clan'),
      options('profiles_without_events', { enabled: true }),
      groupTable('clans', 'clan', 'oak', 'elm'),
    ),
    right: carrying('of_clans', 'clan', 'oak', 'elm'),
    wrong: carrying('of_clans', 'clan', 'oak'),
    says: "1: clan 'elm' has a profile and no events",
  },
  same_id_under_two_keys: {
    test: 'same_id_under_two_keys',
    right: having({ company_id: 'first', team: 'blue' }),
    wrong: having({ company_id: 'blue', team: 'blue' }),
    says: "1: company_id and team share 1 id, such as 'blue' (50.0 % of the smaller key)",
  },
  groups_per_user: {
    test: 'groups_per_user_company',
    both: options('groups_per_user', { max: { company_id: 2 } }),
    right: events({ user: 'bob', p: { company_id: ['bob-1', 'bob-2'] } }),
    wrong: events({ user: 'bob', p: { company_id: ['bob-1', 'bob-2', 'bob-3'] } }),
    says: "1: user 'bob' belongs to 3 groups of company_id, more than 2",
  },
  object_ids: {
    test: 'object_ids_app_company_id',
    right: having({ company_id: ['listed'] }),
    wrong: having({ company_id: { id: 'inside' } }),
    says: '1: company_id is \'{"id":"inside"}\' on \'object_ids\' (1 event, on 2024-03-01)',
  },
  group_key_cardinality: {
    test: 'group_key_cardinality_homes_home',
    both: key('home', { cardinality: 'one' }),
    right: carrying('homes', 'home', 'one'),
    wrong: carrying('homes', 'home', '"[""a"", ""b""]"'),
    says: `1: 'base' has several ids of home in 1 row of homes, such as '["a","b"]'`,
  },
  inexact_ids: {
    test: 'inexact_ids_app',
    right: having({ company_id: 9007199254740991 }),
    wrong: having({ company_id: 1e22 }),
    says: "1: company_id = '10000000000000000000000' in 1 row of app is a floating-point number whose last digits are gone",
  },
  type_drift: {
    test: 'type_drift',
    among: 'all events',
    right: having({ size: 1 }, { size: 2.5 }),
    wrong: having({ size: 1 }, { size: '1' }),
    says: "1: 'size' is a text on 1 event and a number on 1 event of app",
  },
  discarded_group_values: {
    test: 'discarded_group_values_rudder_discards',
    right: discards('color'),
    wrong: discards('company_id'),
    says: "1: 1 value of tracks.company_id was discarded on 2024-03-01, such as 'acme': incompatible",
  },
  null_profile_ids: {
    test: 'null_profile_ids_unnamed',
    right: crews('crew-1,First'),
    wrong: crews('crew-1,First', ',Nobody'),
    says: '1: 1 of 2 rows of unnamed has no id, and no profile comes of them',
  },
  duplicate_profile_rows: {
    test: 'duplicate_profile_rows_people',
    right: {
      people: [
        { id: 'cat', updated: NOON, p: { role: 'a' } },
        { id: 'cat', updated: '2024-03-02', p: { role: 'b' } },
      ],
    },
    wrong: {
      people: [
        { id: 'cat', updated: NOON, p: { role: 'a' } },
        { id: 'cat', updated: NOON, p: { role: 'b' } },
      ],
    },
    says: "1: 'cat' has 2 rows with updated_at 2024-03-01T12:00:00.000Z in people that differ in properties",
  },
  history_intervals: {
    test: 'history_intervals_crm',
    right: { companies: [{ id: 'acme', created: '2024-01-01', updated: '2024-01-02' }] },
    wrong: { companies: [{ id: 'acme', created: '2024-01-02', updated: '2024-01-01' }] },
    says: "1: 'acme' is created at 2024-01-02T00:00:00.000Z, after its update at 2024-01-01T00:00:00.000Z, in 1 row of crm",
  },
  group_keys_limit: {
    test: 'group_keys_limit',
    among: 'limits',
    both: limits({ group_keys: 2 }),
    right: {},
    wrong: key('third'),
    says: '1: group keys: 3, allowed are 2 by limits.group_keys of the project',
  },
  group_profiles_limit: {
    test: 'group_profiles_limit',
    among: 'limits',
    both: limits({ group_profiles: 2 }),
    right: {},
    wrong: { companies: [{ id: 'third' }] },
    says: "1: profiles of 'company_id': 3, allowed are 2 by limits.group_profiles of the project",
  },
  groups_per_event: {
    test: 'groups_per_event_company_id',
    among: 'limits',
    both: limits({ groups_per_event: 2 }),
    right: having({ company_id: ['a', 'b'] }),
    wrong: having({ company_id: ['a', 'b', 'c'] }),
    says: "1: ids of company_id on 'groups_per_event' of app: up to 3, allowed are 2 by limits.groups_per_event of the project, such as event 206c774a83e4fed265659c89e34d4eed",
  },
  group_id_length: {
    test: 'group_id_length',
    among: 'limits',
    both: limits({ group_id_length: 8 }),
    right: having({ team: 'eight_of' }),
    wrong: having({ team: 'nine_of_t' }),
    says: "1: characters of team 'nine_of_t': 9, allowed are 8 by limits.group_id_length of the project",
  },
  events_per_group_per_day: {
    test: 'events_per_group_per_day',
    among: 'limits',
    both: limits({ events_per_group_per_day: 2 }),
    right: having({ team: 'busy' }, { team: 'busy' }),
    wrong: having({ team: 'busy' }, { team: 'busy' }, { team: 'busy' }),
    says: "1: events of team 'busy' on 2024-03-01: 3, allowed are 2 by limits.events_per_group_per_day of the project",
  },
  events_per_user_per_day: {
    test: 'events_per_user_per_day',
    among: 'limits',
    both: limits({ events_per_user_per_day: 2 }),
    right: events({ user: 'busy' }, { user: 'busy' }),
    wrong: events({ user: 'busy' }, { user: 'busy' }, { user: 'busy' }),
    says: "1: events of user 'busy' on 2024-03-01: 3, allowed are 2 by limits.events_per_user_per_day of the project",
  },
  event_names_limit: {
    test: 'event_names_limit',
    among: 'all events',
    both: limits({ event_names: 3 }),
    right: events({}),
    wrong: events({}, { event: 'one more' }),
    says: '1: names of events: 4, allowed are 3 by limits.event_names of the project',
  },
  event_time_bounds: {
    test: 'event_time_bounds_earliest',
    among: 'limits',
    both: limits({ earliest_event_year: 2000 }),
    right: events({ time: '2000-01-01T00:00:00Z' }),
    wrong: events({ time: '1999-12-31T23:59:59Z' }),
    says: "1: 1 event 'event_time_bounds' of app, such as at 1999-12-31T23:59:59.000Z; allowed is 2000-01-01 at the earliest, by limits.earliest_event_year of the project",
  },
  insert_id_form: {
    test: 'insert_id_form',
    among: 'limits',
    both: limits({ insert_id_bytes: 8 }),
    right: events({ id: 'eight-of' }),
    wrong: events({ id: 'nine-of-t' }),
    says: "1: insert ids in 1 event of app: too long, such as 'nine-of-t'; up to 9 bytes, allowed are 8 by limits.insert_id_bytes of the project",
  },
  properties_per_event: {
    test: 'properties_per_event',
    among: 'limits',
    both: limits({ properties_per_event: 2 }),
    right: having({ a: 1, b: 2 }),
    wrong: having({ a: 1, b: 2, c: 3 }),
    says: "1: properties on 'properties_per_event' of app: up to 3, allowed are 2 by limits.properties_per_event of the project, such as event f2f8b22dd97af3d02d523645cba16a49",
  },
  properties_per_profile: {
    test: 'properties_per_profile_user_profiles',
    among: 'limits',
    both: limits({ properties_per_profile: 2 }),
    right: { people: [{ id: 'bob', p: { a: 1, b: 2 } }] },
    wrong: { people: [{ id: 'bob', p: { a: 1, b: 2, c: 3 } }] },
    says: "1: properties of 'bob' (users): 3, allowed are 2 by limits.properties_per_profile of the project",
  },
  property_name_length: {
    test: 'property_name_length_event_properties',
    among: 'limits',
    both: limits({ property_name_length: 12 }),
    right: having({ twelve_of_it: 1 }),
    wrong: having({ thirteen_of_i: 1 }),
    says: "1: characters of property 'thirteen_of_i' of app: 13, allowed are 12 by limits.property_name_length of the project",
  },
  property_value_size: {
    test: 'property_value_size_events',
    among: 'limits',
    both: limits({ string_characters: 12 }),
    right: having({ a: 'twelve of it' }),
    wrong: having({ a: 'thirteen of i' }),
    says: "1: characters of texts in property 'a' of source app: up to 13, allowed are 12 by limits.string_characters of the project; 1 row, such as 'ce4f3672da4eafd1b51e03589c2e0bf6'",
  },
  property_string_bytes: {
    test: 'property_string_bytes_events',
    among: 'limits',
    both: limits({ string_bytes: 20 }),
    right: having({ a: '€€€€€€' }),
    wrong: having({ a: '€€€€€€€' }),
    says: "1: bytes of texts in property 'a' of source app: up to 21, allowed are 20 by limits.string_bytes of the project; 1 row, such as '8adf0efea401eb735f26392daf3afdbb'",
  },
}

function crews(...lines: readonly string[]): Part {
  const columns = { id: 'id', name: 'name' }
  return source('unnamed', { type: 'group_table', group_key: 'crew', columns }, 'id,name', ...lines)
}

function changes(operation: string, object: string): Part {
  const columns = { id: 'id', operation: 'op', object: 'o', updated_at: 'at' }
  return source(
    'changes',
    { type: 'operations', group_key: 'company_id', columns },
    'id,op,o,at',
    `changed,${operation},${object},${NOON}`,
  )
}

function discards(column: string): Part {
  return source(
    'rudder_discards',
    { type: 'discards' },
    'column_name,column_value,reason,received_at,row_id,table_name',
    `${column},acme,incompatible,${NOON},1,tracks`,
  )
}

/** Examples of one project as two: where all are right, and where all are wrong. */
const PROJECTS = new Map(
  ([undefined, 'limits', 'all events', 'unreadable'] as const).map((among) => {
    const of = Object.entries(EXAMPLES).filter(([, example]) => example.among === among)
    const all = (choose: (example: Example) => Part) =>
      projectOf(...of.map(([name, example]) => together(example.both ?? {}, named(name, choose(example)))))
    return [among, { right: all(({ right }) => right), wrong: all(({ wrong }) => wrong) }] as const
  }),
)

/** Events of an example are told apart by their names. */
function named(event: string, part: Part): Part {
  return {
    ...part,
    events: (part.events ?? []).map((row) => ({ event, time: NOON, ...row })),
  }
}

export const SAMPLES = Object.fromEntries(
  Object.entries(EXAMPLES).map(([name, { test, says, withoutRows, among }]) => [
    name,
    { test, says, withoutRows, ...PROJECTS.get(among) },
  ]),
) as Record<CheckName, CheckSample>
