/** Mistakes that would give nothing, zero or null without a word: warned of by name, on both engines alike. */
import { describe, expect, test } from 'vitest'
import { load, run } from '../src/gwh.ts'
import { buildProject, ENGINES, optionsFor } from './support/engines.ts'
import { findings, project } from './support/findings.ts'
import { writeProject } from './support/projects.ts'

const CHECKS = [
  'empty_sources',
  'absent_group_keys',
  'null_properties',
  'unmatched_profiles',
  'report_events',
  'report_properties',
  'report_filter_values',
]

const lines = (...rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n')
const event = (name: string, day: number, properties: object) => ({
  name,
  at: `2024-03-0${String(day)}T10:00:00Z`,
  who: 'ann',
  props: { companyId: 'acme', team: 'red', ...properties },
})

const EVENTS = lines(
  event('Login', 1, { plan: 'pro', seats: 10, note: 'Hello World' }),
  event('Export', 2, { plan: 'free', seats: 2.5 }),
)

const MISTAKEN = {
  'project.yml': project(`
group_keys: [{ name: company_id, noun: company, b2b: true }, { name: team }]
sources:
  - name: app
    type: events
    file: app.ndjson
    columns: { event: name, time: at, user: who }
    properties_column: props
    group_keys: [company_id, team]
  - name: web
    type: events
    file: app.ndjson
    columns: { event: name, time: at, user: who }
    properties_column: props
    group_keys: [team]
    properties: { Plan: Plan, seats: seats }
  - name: crm
    type: group_table
    file: crm.csv
    group_key: team
    columns: { id: id }
    properties: [tier, size]
  - name: people
    type: user_table
    file: people.ndjson
    columns: { id: id }
    group_keys: []
    properties: [role, city]
reports:
  - name: steps
    type: funnel
    by: user
    steps:
      - login
      - { event: Export, where: [{ property: plan, value: Pro }] }
      - Nothing like it
    exclusions: [{ event: export, after_step: 1, before_step: 2 }]
    breakdown: { property: Plan }
  - name: back
    type: retention
    by: user
    start: Login
    return: { event: exports, where: [{ property: pln, op: is_null }] }
    period: day
  - name: actives
    type: uniques
    metrics:
      - { name: a, by: user, event: logins }
      - { name: b, by: user, any_event: true, where: [{ property: plan, op: in, value: [free, Pro, gold] }] }
    where: [{ property: note, op: contains, value: helo }]
    interval: day
  - { name: habit, type: stickiness, by: user, event: Log-in, interval: day }
  - { name: stages, type: lifecycle, by: user, event: LOGIN, interval: day }
  - { name: did, type: number_of_users_who_did, by: team, event: Exportt }
  - name: many
    type: uniques
    by: team
    any_event: true
    interval: day
    where: [{ users_who_did: did, value: 1 }, { property: tier, of: team, value: Gold }]
  - { name: health, type: company_health, by: team, event: Logn }
  - name: right
    type: uniques
    by: user
    event: Login
    interval: day
    where:
      - { property: seats, value: 10.0 }
      - { property: note, op: starts_with, value: hello w }
      - { property: seats, op: gt, value: 1000 }
      - { property: role, of: user, op: neq, value: admin }
`),
  'app.ndjson': EVENTS,
  'crm.csv': 'id,tier,size\nRED1,gold,\nRED2,gold,\n',
  'people.ndjson': lines({ id: 'u1', role: 'admin', city: null }, { id: 'u2', role: 'user' }),
}

describe.each(ENGINES)('silent mistakes on %s', (engine) => {
  test('are warned of with the nearest name there is', { timeout: 120_000 }, async () => {
    const { found, passed } = await findings(MISTAKEN, engine, CHECKS)
    expect(found).toMatchInlineSnapshot(`
      {
        "absent_group_keys_app": [
          "warn: 1 failures, 1 wrong row",
          "no event of app carries company_id; the nearest is 'companyId'",
        ],
        "null_properties_crm": [
          "warn: 1 failures, 1 wrong row",
          "'size' of crm is null on every row",
        ],
        "null_properties_people": [
          "warn: 1 failures, 1 wrong row",
          "'city' of people is null on every row",
        ],
        "null_properties_web": [
          "warn: 1 failures, 1 wrong row",
          "'Plan' of web is null on every row; the nearest is 'plan'",
        ],
        "report_events_actives": [
          "warn: 1 failures, 1 wrong row",
          "project.yml:53: no event is called 'logins'; the nearest is 'Login'",
        ],
        "report_events_back": [
          "warn: 1 failures, 1 wrong row",
          "project.yml:48: no event is called 'exports'; the nearest is 'Export'",
        ],
        "report_events_did": [
          "warn: 1 failures, 1 wrong row",
          "project.yml:59: no event is called 'Exportt'; the nearest is 'Export'",
        ],
        "report_events_habit": [
          "warn: 1 failures, 1 wrong row",
          "project.yml:57: no event is called 'Log-in'; the nearest is 'Login'",
        ],
        "report_events_health": [
          "warn: 1 failures, 1 wrong row",
          "project.yml:66: no event is called 'Logn'; the nearest is 'Login'",
        ],
        "report_events_stages": [
          "warn: 1 failures, 1 wrong row",
          "project.yml:58: no event is called 'LOGIN'; the nearest is 'Login'",
        ],
        "report_events_steps": [
          "warn: 3 failures, 3 wrong rows",
          "project.yml:39: no event is called 'login'; the nearest is 'Login'",
          "project.yml:41: no event is called 'Nothing like it'",
          "project.yml:42: no event is called 'export'; the nearest is 'Export'",
        ],
        "report_filter_values_actives_in_events": [
          "warn: 3 failures, 3 wrong rows",
          "project.yml:54: plan is never 'Pro'; the nearest is 'pro'",
          "project.yml:54: plan is never 'gold'",
          "project.yml:55: note is never with 'helo'",
        ],
        "report_filter_values_many_in_team_profiles": [
          "warn: 1 failures, 1 wrong row",
          "project.yml:65: tier is never 'Gold'; the nearest is 'gold'",
        ],
        "report_filter_values_steps_in_events": [
          "warn: 1 failures, 1 wrong row",
          "project.yml:40: plan is never 'Pro'; the nearest is 'pro'",
        ],
        "report_properties_back_of_events": [
          "warn: 1 failures, 1 wrong row",
          "project.yml:48: no event has a property 'pln'; the nearest is 'plan'",
        ],
        "report_properties_steps_of_events": [
          "warn: 1 failures, 1 wrong row",
          "project.yml:43: no event has a property 'Plan'; the nearest is 'plan'",
        ],
        "unmatched_profiles_crm": [
          "warn: 1 failures, 1 wrong row",
          "none of the 2 ids of crm, such as 'RED1', is a team of an event; those are such as 'red'",
        ],
        "unmatched_profiles_people": [
          "warn: 1 failures, 1 wrong row",
          "none of the 2 ids of people, such as 'u1', is a user of an event; those are such as 'ann'",
        ],
      }
    `)
    expect(passed).toMatchInlineSnapshot(`
      [
        "report_events_right",
        "report_properties_actives_of_events",
        "report_properties_right_of_events",
        "report_filter_values_right_in_events",
        "report_filter_values_right_in_user_profiles",
        "empty_sources_app",
        "empty_sources_web",
        "empty_sources_crm",
        "empty_sources_people",
        "absent_group_keys_web",
      ]
    `)
  })

  test('of an empty source are not looked for', { timeout: 120_000 }, async () => {
    const empty = { ...MISTAKEN, 'app.ndjson': '', 'crm.csv': 'id,tier,size\n', 'people.ndjson': '' }
    const { found } = await findings(empty, engine, CHECKS)
    expect(found).toEqual({
      empty_sources_app: ['warn: 1 failures, 1 wrong row', 'app has no event with a time'],
      empty_sources_web: ['warn: 1 failures, 1 wrong row', 'web has no event with a time'],
      empty_sources_crm: ['warn: 1 failures, 1 wrong row', 'crm has no rows'],
      empty_sources_people: ['warn: 1 failures, 1 wrong row', 'people has no rows'],
    })
  })

  test('are not looked for in a source that says it carries no group key', { timeout: 120_000 }, async () => {
    const sources = (keys: string) => `
group_keys: [{ name: team }, { name: area }]
sources:
  - { name: flat, type: events, file: flat.csv, columns: { event: name, time: at, user: who }, ${keys} }
  - { name: app, type: events, file: app.ndjson, columns: { event: name, time: at, user: who }, properties_column: props, ${keys} }
  - { name: people, type: user_table, file: people.csv, columns: { id: id }, ${keys} }
`
    const files = (keys: string) => ({
      'project.yml': project(sources(keys)),
      'flat.csv': 'name,at,who,team,area\nLogin,2024-03-01,ann,,\n',
      'app.ndjson': lines(event('Login', 1, { team: undefined })),
      'people.csv': 'id,team,area\nann,red,\n',
    })
    const checks = [...CHECKS, 'group_key_spelling', 'object_ids']
    for (const none of ['group_keys: []', 'group_keys: {}']) {
      const { found, passed } = await findings(files(none), engine, checks)
      expect([none, found]).toEqual([none, {}])
      expect(passed.filter((name) => /group_keys|object_ids_(flat|app|people)/.test(name))).toEqual([])
    }
    const { found } = await findings(files('group_keys: [team, area]'), engine, checks)
    expect(Object.keys(found)).toEqual([
      'absent_group_keys_flat',
      'absent_group_keys_app',
      'absent_group_keys_people',
    ])
    const built = await buildProject(writeProject(files('group_keys: []')), engine)
    expect(await built.rows('user_groups')).toEqual([])
  })

  test('are errors where that is asked for', { timeout: 120_000 }, async () => {
    const dir = writeProject(MISTAKEN)
    const loaded = load(dir, await optionsFor(engine))
    const { ok, published } = await run(loaded, { command: 'build', warnError: true })
    expect([ok, published]).toEqual([false, false])
  })
})
