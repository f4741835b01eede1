/** Parts of reports whose conditions hold somewhere and never together: told of by name, on both engines alike. */
import { describe, expect, test } from 'vitest'
import { dataTestsOf } from '../src/checks/index.ts'
import { load, run } from '../src/gwh.ts'
import { published } from '../src/graph/compile.ts'
import { SILENT } from '../src/run/result.ts'
import { runTests } from '../src/run/data_tests.ts'
import { statementText, type Statement } from '../src/sql/spelling.ts'
import { openWarehouse, type Warehouse } from '../src/engines/index.ts'
import { ENGINES, optionsFor, type Engine } from './support/engines.ts'
import { findings, project } from './support/findings.ts'
import { writeProject } from './support/projects.ts'

const CHECKS = ['report_events', 'report_properties', 'report_filter_values', 'report_matches']

const lines = (...rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n')
const event = (
  name: string,
  day: number,
  who: string | null,
  company: string | null,
  props: object = {},
) => ({
  name,
  at: `2024-03-0${String(day)}T10:00:00Z`,
  who,
  props: { ...(company === null ? {} : { company_id: company }), ...props },
})

/** Only `View` is of kind B, only `Ping` has no user, only `Alone` has no company. */
const EVENTS = lines(
  event('View', 1, 'ann', 'acme', { kind: 'B', seats: 7 }),
  event('View', 2, 'bob', 'acme', { kind: 'A', seats: 2 }),
  event('Buy', 2, 'ann', 'acme', { kind: 'A', seats: 3, plan: 'pro', session: 's1' }),
  event('Buy', 3, 'ann', 'acme', { kind: 'C', seats: 12.5, plan: 'free', session: 's1' }),
  event('Buy', 4, 'bob', 'globex', { kind: 'C', seats: 4, plan: 'free', session: 's2' }),
  event('Ping', 4, null, 'acme', { kind: 'A' }),
  event('Alone', 5, 'ann', null, { kind: 'A' }),
)

const PROJECT = (reports: string) => ({
  'project.yml': project(`
group_keys: [{ name: company_id, noun: company, b2b: true }]
sources:
  - name: app
    type: events
    file: app.ndjson
    columns: { event: name, time: at, user: who }
    properties_column: props
    group_keys: [company_id]
  - name: crm
    type: group_table
    file: crm.ndjson
    group_key: company_id
    columns: { id: id, created_at: created, updated_at: updated }
    properties: [tier]
  - name: people
    type: user_table
    file: people.ndjson
    columns: { id: id }
    group_keys: [company_id]
    properties: [role]
reports:
${reports.replaceAll(/^\n|\n *$/g, '')}
`),
  'app.ndjson': EVENTS,
  'crm.ndjson': lines(
    { id: 'acme', tier: 'gold', created: null, updated: '2024-01-01T00:00:00Z' },
    { id: 'globex', tier: 'free', created: null, updated: '2024-01-01T00:00:00Z' },
    { id: 'idle', tier: 'trial', created: '2024-01-01T00:00:00Z', updated: '2024-03-09T00:00:00Z' },
  ),
  'people.ndjson': lines({ id: 'ann', role: 'admin', company_id: null }, { id: 'bob', role: 'user' }),
})

/** What is said of each report by `report_matches`, and names of tests of the other checks that warn. */
async function said(reports: string, engine: (typeof ENGINES)[number]) {
  const { found } = await findings(PROJECT(reports), engine, CHECKS)
  return Object.fromEntries(Object.entries(found).map(([name, [, ...sentences]]) => [name, sentences]))
}

/** The queries that a check sends to a warehouse where all is built. */
async function asked(reports: string, engine: Engine, check: string): Promise<string[]> {
  const loaded = load(writeProject(PROJECT(reports)), await optionsFor(engine))
  await run(loaded, { command: 'build' })
  const { plan } = loaded
  await using warehouse = await openWarehouse(plan.catalog.project)
  const queries: string[] = []
  const listening = new Proxy(warehouse, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name, of)
      if (typeof value !== 'function') return value
      return (...given: unknown[]): unknown => {
        if (name === 'query') queries.push(statementText(given[0] as Statement, warehouse))
        return Reflect.apply(value, of, given)
      }
    },
  }) satisfies Warehouse
  await runTests({
    plan,
    warehouse: listening,
    tests: dataTestsOf(plan, []).filter((one) => one.check === check),
    places: published(plan),
    broken: new Set(),
    reporter: SILENT,
    compiledFile: () => undefined,
    runId: 'listening',
  })
  return queries
}

describe.each(ENGINES)('a part of a report that matches nothing on %s', (engine) => {
  test('names the filter that no such event passes', { timeout: 120_000 }, async () => {
    const sentences = await said(
      `
  - name: steps
    type: funnel
    by: user
    steps:
      - View
      - { event: Buy, where: [{ property: kind, value: B }] }
      - { event: Buy, where: [{ property: seats, op: gt, value: 100 }] }
      - { event: Buy, where: [{ property: kind, op: is_null }] }
      - { event: View, where: [{ property: plan, op: is_not_null }] }
      - { event: View, optional: true, where: [{ property: kind, op: in, value: [C, D] }] }
  - name: more_steps
    type: funnel
    by: user
    steps:
      - Ping
      - { event: Buy, where: [{ property: kind, op: not_in, value: [A, C] }] }
      - { event: Ping, where: [{ property: kind, op: neq, value: A }] }
      - { event: View, where: [{ property: plan, op: starts_with, value: PR }] }
      - { any_event: true, where: [{ property: seats, op: gt, value: '2030-01-01' }] }
  - name: companies
    type: funnel
    by: company_id
    steps:
      - View
      - Alone
      - { event: View, where: [{ property: tier, of: company_id, value: free }] }
      - { event: View, where: [{ property: tier, of: company_id, value: trial }] }
      - { event: View, where: [{ property: tier, of: company_id, properties: as_of, value: free }] }
  - name: of_companies
    type: funnel
    by: user
    steps:
      - View
      - { event: View, where: [{ property: tier, of: company_id, value: free }] }
      - { event: Alone, where: [{ property: tier, of: company_id, op: is_not_null }] }
      - { event: View, where: [{ property: tier, of: company_id, op: is_null }] }
      - { event: View, where: [{ property: tier, of: company_id, properties: as_of, value: free }] }
`,
      engine,
    )
    expect(sentences).toMatchInlineSnapshot(`
      {
        "report_filter_values_steps_in_events": [
          "project.yml:37: kind is never 'D'",
        ],
        "report_matches_companies": [
          "project.yml:52: step 2 ('Alone') finds nothing: no 'Alone' event carries company_id",
          "project.yml:53: step 3 ('View' with company_id.tier = 'free') finds nothing: no 'View' event has company_id.tier = 'free' (it has 'gold')",
          "project.yml:54: step 4 ('View' with company_id.tier = 'trial') finds nothing: no 'View' event has company_id.tier = 'trial' (it has 'gold')",
          "project.yml:55: step 5 ('View' with company_id.tier (as of then) = 'free') finds nothing: no 'View' event has company_id.tier (as of then) = 'free' (it has 'gold')",
        ],
        "report_matches_more_steps": [
          "project.yml:42: step 1 ('Ping') finds nothing: no 'Ping' event has a user",
          "project.yml:43: step 2 ('Buy' with kind not in ('A', 'C')) finds nothing: no 'Buy' event has kind not in ('A', 'C') (it has 'A', 'C')",
          "project.yml:44: step 3 ('Ping' with kind <> 'A') finds nothing: no 'Ping' event has a user",
          "project.yml:45: step 4 ('View' with plan starting with 'PR') finds nothing: no 'View' event has plan starting with 'PR' (it has none at all)",
          "project.yml:46: step 5 (any event with seats > 2030-01-01) finds nothing: no event has seats > 2030-01-01 (it has '12.5', which is no time)",
        ],
        "report_matches_of_companies": [
          "project.yml:61: step 2 ('View' with company_id.tier = 'free') finds nothing: no 'View' event has company_id.tier = 'free' (it has 'gold')",
          "project.yml:62: step 3 ('Alone' with any company_id.tier) finds nothing: no 'Alone' event has any company_id.tier",
          "project.yml:63: step 4 ('View' with no company_id.tier) finds nothing: every 'View' event has company_id.tier",
          "project.yml:64: step 5 ('View' with company_id.tier (as of then) = 'free') finds nothing: no 'View' event has company_id.tier (as of then) = 'free' (it has 'gold')",
        ],
        "report_matches_steps": [
          "project.yml:33: step 2 ('Buy' with kind = 'B') finds nothing: no 'Buy' event has kind = 'B' (it has 'A', 'C')",
          "project.yml:34: step 3 ('Buy' with seats > 100) finds nothing: no 'Buy' event has seats > 100 (it has 3 to 12.5)",
          "project.yml:35: step 4 ('Buy' with no kind) finds nothing: every 'Buy' event has kind",
          "project.yml:36: step 5 ('View' with any plan) finds nothing: no 'View' event has any plan",
          "project.yml:37: step 6 ('View' with kind in ('C', 'D')) finds nothing: no 'View' event has kind in ('C', 'D') (it has 'A', 'B')",
        ],
      }
    `)
  })

  test('names filters that hold of none together', { timeout: 120_000 }, async () => {
    const sentences = await said(
      `
  - name: apart
    type: funnel
    by: user
    steps:
      - View
      - { event: Buy, where: [{ property: seats, op: gt, value: 10 }, { property: seats, op: lt, value: 5 }] }
      - { event: Buy, where: [{ property: plan, value: pro }, { property: plan, value: free }] }
      - event: Buy
        where:
          - { property: kind, op: is_not_null }
          - { property: plan, value: pro }
          - { property: role, of: user, value: user }
  - name: of_all
    type: stickiness
    by: user
    any_event: true
    where: [{ property: kind, value: B }, { property: seats, op: lte, value: 2 }]
  - name: of_three
    type: lifecycle
    by: user
    event: Buy
    where:
      - { property: kind, op: neq, value: A }
      - { property: seats, op: lt, value: 13 }
      - { property: session, value: s1 }
      - { property: plan, op: contains, value: FREE }
      - { property: seats, op: lt, value: 12 }
`,
      engine,
    )
    expect(sentences).toMatchInlineSnapshot(`
      {
        "report_matches_apart": [
          "project.yml:33: step 2 ('Buy' with seats > 10 and seats < 5) finds nothing: no 'Buy' event has both seats > 10 and seats < 5, though each of these is there",
          "project.yml:34: step 3 ('Buy' with plan = 'pro' and plan = 'free') finds nothing: no 'Buy' event has both plan = 'pro' and plan = 'free', though each of these is there",
          "project.yml:39: step 4 ('Buy' with any kind, plan = 'pro' and user.role = 'user') finds nothing: no 'Buy' event has both plan = 'pro' and user.role = 'user', though each of these is there",
        ],
        "report_matches_of_all": [
          "project.yml:44: any event with kind = 'B' and seats <= 2 finds nothing: no event has both kind = 'B' and seats <= 2, though each of these is there",
        ],
        "report_matches_of_three": [
          "project.yml:54: 'Buy' with kind <> 'A', seats < 13, session = 's1', plan containing 'FREE' and seats < 12 finds nothing: no 'Buy' event has all of kind <> 'A', seats < 13, session = 's1', plan containing 'FREE' and seats < 12, though each of these is there",
        ],
      }
    `)
  })

  test('names a range that lies elsewhere', { timeout: 120_000 }, async () => {
    const sentences = await said(
      `
  - { name: after, type: uniques, by: user, event: Buy, range: { from: 2027-01-01 } }
  - name: before
    type: funnel
    by: user
    range: { to: 2023-12-31 }
    steps: [View, { event: Buy, where: [{ property: plan, value: pro }] }]
  - name: between
    type: funnel
    by: user
    range: { from: 2024-03-03, to: 2024-03-03 }
    steps: [View, Buy]
  - name: hole
    type: funnel
    by: company_id
    range: { from: 2024-03-03, to: 2024-03-03 }
    steps: [Buy, { any_event: true, where: [{ property: kind, value: A }] }]
  - name: back
    type: retention
    by: user
    range: { from: 2024-03-02 }
    start: Buy
    return: { event: View, where: [{ property: kind, value: B }] }
  - { name: weeks, type: stickiness, by: user, event: View, interval: week, range: { from: 2024-03-05 } }
  - { name: hours, type: stickiness, by: user, event: View, interval: hour, range: { from: 2024-03-02T11:00:00Z } }
  - name: late
    type: funnel
    by: user
    range: { to: 2024-03-01 }
    window: { value: 6, unit: hour }
    complete_after_range: true
    steps: [View, Buy]
  - name: trailing
    type: uniques
    range: { from: 2024-03-04 }
    metrics:
      - { by: user, event: View, trailing_days: 2 }
      - { by: user, event: Buy, trailing_days: 2 }
`,
      engine,
    )
    expect(sentences).toMatchInlineSnapshot(`
      {
        "report_matches_after": [
          "project.yml:28: 'Buy' finds nothing: all 3 'Buy' events lie before 2027-01-01, the start of the range: from 2024-03-02 to 2024-03-04",
        ],
        "report_matches_back": [
          "project.yml:47: the return ('View' with kind = 'B') finds nothing: the one 'View' event with kind = 'B' lies before 2024-03-02, the start of the range: on 2024-03-01",
        ],
        "report_matches_before": [
          "project.yml:32: the report finds nothing: all 6 events lie after 2023-12-31, the end of the range: from 2024-03-01 to 2024-03-05",
        ],
        "report_matches_between": [
          "project.yml:37: step 1 ('View') finds nothing: all 2 'View' events lie before 2024-03-03, the start of the range: from 2024-03-01 to 2024-03-02",
        ],
        "report_matches_hole": [
          "project.yml:42: step 2 (any event with kind = 'A') finds nothing: all 3 events with kind = 'A' lie outside of the range: 2 before 2024-03-03 and 1 after 2024-03-03",
        ],
        "report_matches_hours": [
          "project.yml:51: 'View' finds nothing: all 2 'View' events lie before 2024-03-02T11:00:00Z, the start of the range: from 2024-03-01T10:00:00.000Z to 2024-03-02T10:00:00.000Z",
        ],
        "report_matches_late": [
          "project.yml:55: step 2 ('Buy') finds nothing: all 3 'Buy' events lie after 2024-03-01, the end of the range: from 2024-03-02 to 2024-03-04",
        ],
        "report_matches_trailing": [
          "project.yml:61: metric 'View by user, trailing 2 days' ('View') finds nothing: all 2 'View' events lie before 2024-03-04, the start of the range: from 2024-03-01 to 2024-03-02",
        ],
        "report_matches_weeks": [
          "project.yml:50: 'View' finds nothing: all 2 'View' events lie before 2024-03-05, the start of the range: from 2024-03-01 to 2024-03-02",
        ],
      }
    `)
  })

  test('names groups and users that nobody is', { timeout: 120_000 }, async () => {
    const sentences = await said(
      `
  - name: linked
    type: uniques
    by: user
    event: Buy
    where: [{ property: tier, of: company_id, through: user, value: gold }]
  - name: linked_segments
    type: uniques
    by: user
    event: Buy
    breakdown: { property: tier, of: company_id, through: user }
  - { name: unknown, type: uniques, by: user, event: Ping }
  - { name: health, type: company_health, event: Ping }
  - { name: did, type: number_of_users_who_did, event: Ping }
  - name: of_nobody
    type: uniques
    by: company_id
    metrics:
      - { name: lone, event: Alone }
      - { name: buyers, event: Buy }
`,
      engine,
    )
    expect(sentences).toMatchInlineSnapshot(`
      {
        "report_matches_did": [
          "project.yml:40: 'Ping' with a user finds nothing: no 'Ping' event has a user",
        ],
        "report_matches_health": [
          "project.yml:39: 'Ping' with a user finds nothing: no 'Ping' event has a user",
        ],
        "report_matches_linked": [
          "project.yml:32: 'Buy' with company_id.tier (through user) = 'gold' finds nothing: no profile or link of a user names a group of company_id, so that \`through: user\` finds none",
        ],
        "report_matches_linked_segments": [
          "project.yml:37: the breakdown finds nothing: no profile or link of a user names a group of company_id, so that \`through: user\` finds none",
        ],
        "report_matches_of_nobody": [
          "project.yml:45: metric 'lone' ('Alone') finds nothing: no 'Alone' event carries company_id",
        ],
        "report_matches_unknown": [
          "project.yml:38: 'Ping' finds nothing: no 'Ping' event has a user",
        ],
      }
    `)
  })

  test('names amounts that are never reached, and firsts that are others', { timeout: 120_000 }, async () => {
    const sentences = await said(
      `
  - { name: often, type: number_of_users_who_did, event: Buy, frequency: { value: 50 } }
  - { name: daily, type: number_of_users_who_did, event: Buy, interval: day, frequency: { op: gt, value: 1 } }
  - name: few
    type: uniques
    by: company_id
    event: Buy
    where: [{ users_who_did: often, op: gte, value: 3 }]
  - { name: busy, type: stickiness, by: user, event: Buy, criteria: { op: exact, value: 9 } }
  - { name: back, type: retention, by: user, start: View, return: Buy, min_occurrences: 4 }
  - { name: again, type: retention, by: user, start: Buy, alignment: elapsed, min_occurrences: 3 }
  - { name: firsts, type: retention, by: company_id, start: Buy, mode: first_ever, range: { from: 2024-03-03, to: 2024-03-03 } }
  - name: ever
    type: funnel
    by: user
    steps: [View, { event: Buy, first_time: ever, where: [{ property: seats, op: gt, value: 10 }] }]
  - name: matching
    type: funnel
    by: user
    range: { from: 2024-03-03 }
    steps: [{ event: Buy, first_time: matching, where: [{ property: session, value: s1 }] }, View]
  - { name: fresh, type: lifecycle, by: company_id, event: Buy, newness: profile }
`,
      engine,
    )
    expect(sentences).toMatchInlineSnapshot(`
      {
        "report_matches_again": [
          "project.yml:37: the return finds nothing: no user has 3 of them, as \`min_occurrences\` asks",
        ],
        "report_matches_back": [
          "project.yml:36: the return finds nothing: no user has 4 of them in one day, as \`min_occurrences\` asks",
        ],
        "report_matches_busy": [
          "project.yml:35: 'Buy' finds nothing: no user has exactly 9 of them in one day",
        ],
        "report_matches_daily": [
          "project.yml:29: 'Buy' with a user finds nothing: no user did it more than once for one company_id in one day",
        ],
        "report_matches_ever": [
          "project.yml:42: step 2 ('Buy' with seats > 10) finds nothing: none of them is the first 'Buy' of its user, as \`first_time: ever\` asks",
        ],
        "report_matches_few": [
          "project.yml:34: 'Buy' with users_who_did often >= 3 finds nothing: no 'Buy' event has users_who_did often >= 3",
        ],
        "report_matches_firsts": [
          "project.yml:38: the start ('Buy') finds nothing: \`mode: first_ever\` takes only the first event of each, and none of these matches and lies in the range",
        ],
        "report_matches_fresh": [
          "project.yml:48: what is new finds nothing: no profile of the groups of company_id that were active says when it came to be, and \`newness: profile\` goes by that alone",
        ],
        "report_matches_matching": [
          "project.yml:47: step 1 ('Buy' with session = 's1') finds nothing: none of them is the first 'Buy' that matches of its user, as \`first_time: matching\` asks",
          "project.yml:46: step 2 ('View') finds nothing: all 2 'View' events lie before 2024-03-03, the start of the range: from 2024-03-01 to 2024-03-02",
        ],
        "report_matches_often": [
          "project.yml:28: 'Buy' with a user finds nothing: no user did it at least 50 times for one company_id in the range",
        ],
      }
    `)
  })

  test('names breakdowns and constants that no event has', { timeout: 120_000 }, async () => {
    const sentences = await said(
      `
  - { name: segments, type: uniques, by: user, event: View, breakdown: { property: plan } }
  - name: segments_of_both
    type: uniques
    metrics: [{ by: user, event: View }, { by: company_id, event: Ping }]
    breakdown: { property: session }
  - name: first_value
    type: funnel
    by: user
    steps: [View, Ping]
    breakdown: { property: plan }
  - name: value_at_step
    type: funnel
    by: user
    steps: [View, Buy]
    breakdown: { property: plan, attribution: step, step: 1 }
  - name: own_funnels
    type: funnel
    by: user
    steps: [View, Buy]
    breakdown: { property: plan, attribution: all }
  - name: held
    type: funnel
    by: user
    steps: [Buy, View]
    hold_constant: [session]
  - { name: shared, type: retention, by: user, start: Buy, return: View, breakdown: { property: plan } }
  - { name: starts, type: retention, by: user, start: View, return: Buy, breakdown: { property: session } }
`,
      engine,
    )
    expect(sentences).toMatchInlineSnapshot(`
      {
        "report_matches_first_value": [
          "project.yml:36: step 2 ('Ping') finds nothing: no 'Ping' event has a user",
          "project.yml:37: the breakdown finds nothing: no event that counts there has any plan, so that all are in the one segment ''",
        ],
        "report_matches_held": [
          "project.yml:52: step 2 ('View') finds nothing: no 'View' event has any session, which is held constant",
        ],
        "report_matches_own_funnels": [
          "project.yml:47: the breakdown at step 1 finds nothing: no event that counts there has any plan, so that all are in the one segment ''",
        ],
        "report_matches_segments": [
          "project.yml:28: the breakdown finds nothing: no event that counts there has any plan, so that all are in the one segment ''",
        ],
        "report_matches_segments_of_both": [
          "project.yml:32: the breakdown of metrics by user finds nothing: no event that counts there has any session, so that all are in the one segment ''",
          "project.yml:32: the breakdown of metrics by company_id finds nothing: no event that counts there has any session, so that all are in the one segment ''",
        ],
        "report_matches_shared": [
          "project.yml:53: the breakdown at the return finds nothing: no event that counts there has any plan, so that all are in the one segment ''",
        ],
        "report_matches_starts": [
          "project.yml:54: the breakdown finds nothing: no event that counts there has any session, so that all are in the one segment ''",
        ],
        "report_matches_value_at_step": [
          "project.yml:42: the breakdown at step 1 finds nothing: no event that counts there has any plan, so that all are in the one segment ''",
        ],
      }
    `)
  })

  test('says once what all parts share', { timeout: 120_000 }, async () => {
    const sentences = await said(
      `
  - name: steps
    type: funnel
    by: user
    where: [{ property: seats, op: gt, value: 100 }]
    steps: [View, Buy]
  - name: metrics
    type: uniques
    where: [{ property: plan, value: pro }, { property: kind, value: C }]
    metrics:
      - { by: user, event: Buy }
      - { by: user, any_event: true }
      - { by: company_id, event: Buy }
  - name: links
    type: retention
    by: user
    where: [{ property: tier, of: company_id, through: user, op: is_not_null }]
    start: View
    return: Buy
`,
      engine,
    )
    expect(sentences).toMatchInlineSnapshot(`
      {
        "report_matches_links": [
          "project.yml:43: the report finds nothing: no profile or link of a user names a group of company_id, so that \`through: user\` finds none",
        ],
        "report_matches_metrics": [
          "project.yml:35: the report finds nothing: no event has both plan = 'pro' and kind = 'C', though each of these is there",
          "project.yml:35: metric 'Buy by company_id' ('Buy') finds nothing: no 'Buy' event has both plan = 'pro' and kind = 'C', though each of these is there",
        ],
        "report_matches_steps": [
          "project.yml:31: the report finds nothing: no event has seats > 100 (it has 2 to 12.5)",
        ],
      }
    `)
  })

  test('is told of by the check that knows why, and by no other', { timeout: 120_000 }, async () => {
    const sentences = await said(
      `
  - name: steps
    type: funnel
    by: user
    steps:
      - Viewed
      - { event: Buy, where: [{ property: kind, value: Z }] }
      - { event: Buy, where: [{ property: colour, op: gt, value: 1 }] }
      - { event: Buy, where: [{ property: tier, of: company_id, value: none }, { property: kind, value: A }] }
`,
      engine,
    )
    expect(Object.keys(sentences)).toEqual([
      'report_events_steps',
      'report_properties_steps_of_events',
      'report_filter_values_steps_in_events',
      'report_filter_values_steps_in_company_profiles',
    ])
  })

  test(
    'is no loss where it only keeps away, or where nobody comes that far',
    { timeout: 120_000 },
    async () => {
      const sentences = await said(
        `
  - name: steps
    type: funnel
    by: user
    steps: [Alone, View, Buy]
    exclusions: [{ event: View, where: [{ property: plan, value: pro }], after_step: 1, before_step: 2 }]
  - { name: back, type: retention, by: user, start: Buy, return: View }
  - { name: lone, type: uniques, by: user, event: Alone, where: [{ property: kind, op: neq, value: B }] }
  - name: viewed
    type: uniques
    config: { materialized: view }
    by: company_id
    event: Buy
    breakdown: { property: tier, of: company_id }
  - { name: health, type: company_health, range: { from: 2024-03-02 } }
  - { name: stages, type: lifecycle, by: company_id, any_event: true }
  - { name: none, type: number_of_users_who_did, event: Buy, frequency: { value: 2 } }
  - { name: by_number, type: uniques, by: company_id, any_event: true, breakdown: { users_who_did: none } }
`,
        engine,
      )
      expect(sentences).toEqual({})
    },
  )

  test(
    'names exclusions that leave nobody, and filters that keep nobody away',
    { timeout: 120_000 },
    async () => {
      const sentences = await said(
        `
  - name: excluded
    type: funnel
    by: user
    steps: [{ event: View, where: [{ property: kind, value: B }] }, Alone]
    exclusions: [{ any_event: true, after_step: 1, before_step: 2 }]
  - name: some_excluded
    type: funnel
    by: user
    steps: [View, Buy]
    exclusions: [{ event: Buy, where: [{ property: plan, value: free }], after_step: 1, before_step: 2 }]
  - name: no_excluded
    type: funnel
    by: company_id
    steps: [View, Buy]
    exclusions: [{ event: Alone, after_step: 1, before_step: 2 }]
  - name: kept
    type: uniques
    by: user
    event: Buy
    where:
      - { property: tier, of: company_id, through: user, op: neq, value: gold }
      - { property: tier, of: company_id, op: neq, value: trial }
  - name: kept_in_steps
    type: funnel
    by: user
    steps: [View, { event: Buy, where: [{ property: tier, of: company_id, through: user, op: is_null }] }]
`,
        engine,
      )
      expect(sentences).toMatchInlineSnapshot(`
        {
          "report_matches_excluded": [
            "project.yml:31: step 1 ('View' with kind = 'B') finds nothing: \`exclusions\` take out every user that did it in the range",
          ],
          "report_matches_kept_in_steps_links": [
            "project.yml:53: no company_id.tier (through user) keeps nobody away: no profile or link of a user names a group of company_id",
          ],
          "report_matches_kept_links": [
            "project.yml:48: company_id.tier (through user) <> 'gold' keeps nobody away: no profile or link of a user names a group of company_id",
          ],
        }
      `)
    },
  )

  test('is said to be of a time at which the key does not count', { timeout: 120_000 }, async () => {
    const files = PROJECT('  - { name: buyers, type: uniques, by: company_id, event: Buy }')
    const yaml = files['project.yml']
    const later = {
      ...files,
      'project.yml': yaml.replace('b2b: true', "b2b: true, registered_at: '2024-03-04T12:00:00Z'"),
    }
    expect((await findings(later, engine, CHECKS)).found).toEqual({
      report_matches_buyers: [
        'warn: 1 failures, 1 wrong row',
        "project.yml:28: 'Buy' finds nothing: every 'Buy' event with company_id is of a time at which that key does not count (`registered_at`, `retired_at`)",
      ],
    })
    const missing = {
      ...files,
      'project.yml': yaml.replace(
        'props\n    group_keys: [company_id]',
        'props\n    group_keys: { company_id: org }',
      ),
    }
    expect(Object.keys((await findings(missing, engine, [...CHECKS, 'absent_group_keys'])).found)).toEqual([
      'absent_group_keys_app',
      'absent_group_keys_people',
    ])
  })

  test('is told of where a property that is held constant is nowhere', { timeout: 120_000 }, async () => {
    const sentences = await said(
      '  - { name: held, type: funnel, by: user, steps: [View, Buy], hold_constant: [sesion] }',
      engine,
    )
    expect(sentences).toEqual({
      report_properties_held_of_events: [
        "project.yml:28: no event has a property 'sesion'; the nearest is 'session'",
      ],
    })
  })

  test('looks once, and only for what the report does not show', { timeout: 120_000 }, async () => {
    const queries = await asked(
      `
  - name: steps
    type: funnel
    by: user
    steps: [View, Buy, { event: Buy, where: [{ property: seats, op: gt, value: 100 }] }]
  - { name: buyers, type: uniques, by: company_id, event: Buy }
`,
      engine,
      'report_matches',
    )
    const looking = queries.filter((query) => query.includes('looked_at'))
    expect(looking).toHaveLength(1)
    // the first is all steps together
    expect([...new Set(looking[0]?.match(/\bfinding_\d/g))]).toEqual(['finding_4'])
    // and what each of the two reports shows
    expect(queries.filter((query) => /\bas nth\b/.test(query) && !looking.includes(query))).toHaveLength(2)
  })
})
