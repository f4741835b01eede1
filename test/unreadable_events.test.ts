/** Events whose time cannot be read: told of once, and left out of everything that counts. */
import { describe, expect, test } from 'vitest'
import { load, run } from '../src/gwh.ts'
import { buildProject, ENGINES, optionsFor } from './support/engines.ts'
import { project } from './support/findings.ts'
import { writeProject } from './support/projects.ts'

const files = (dataTests: string) => ({
  'project.yml': project(`
group_keys: [{ name: company_id, b2b: true }]
${dataTests}
sources:
  - name: app
    type: events
    file: app.ndjson
    columns: { event: event, time: time, user: user_id }
    properties: [plan]
    group_keys: [company_id]
reports:
  - { name: steps, type: funnel, by: company_id, steps: [A, B], trend: { interval: day } }
  - { name: back, type: retention, by: user, start: A, return: B, period: day }
  - { name: actives, type: uniques, by: user, any_event: true, interval: day }
  - { name: of_plan, type: uniques, by: company_id, any_event: true, interval: day, breakdown: { property: plan } }
  - { name: stages, type: lifecycle, by: company_id, any_event: true, interval: day }
  - { name: habit, type: stickiness, by: company_id, any_event: true, interval: day }
  - { name: who_did, type: number_of_users_who_did, by: company_id, any_event: true }
  - { name: health, type: company_health }
`),
  'app.ndjson': [
    { event: 'A', time: '2024-03-01', user_id: 'ann', company_id: 'acme', plan: 'pro' },
    { event: 'B', time: '2024-03-02', user_id: 'ann', company_id: 'acme', plan: 'pro' },
    // a user, a company and a value that have no other event
    { event: 'B', time: 'nope', user_id: 'bob', company_id: 'beta', plan: 'x' },
    { event: 'B', user_id: 'bob', company_id: 'acme', plan: 'free' },
    { event: 'A', time: '2024-02-30', user_id: 'cy', company_id: 'acme' },
  ]
    .map((row) => JSON.stringify(row))
    .join('\n'),
})

const LET_PASS = "data_tests: { readable_times: { error_if: '> 10' } }"

describe.each(ENGINES)('events without a time that can be read on %s', (engine) => {
  test('fail one test, and those that need times are skipped', { timeout: 60_000 }, async () => {
    const dir = writeProject(files(''))
    const { ok, published, results } = await run(load(dir, await optionsFor(engine)), { command: 'build' })
    expect([ok, published]).toEqual([false, false])
    const tests = results.filter(({ type }) => type === 'test')
    expect(tests.filter(({ status }) => status !== 'pass' && status !== 'skipped')).toMatchObject([
      { name: 'readable_times_app', status: 'fail', failures: 3 },
    ])
    const skipped = tests.filter(({ status }) => status === 'skipped')
    expect(skipped.map(({ name }) => name)).toEqual([
      'not_null_attribution_daily_day',
      'not_null_group_events_daily_day',
      'not_null_group_activity_daily_day',
      'not_null_group_uniques_period_start',
      'not_null_events_daily_day',
      'not_null_steps_trend_period_start',
      'not_null_back_cohort_start',
      'not_null_actives_period_start',
      'not_null_of_plan_period_start',
      'not_null_stages_period_start',
      'not_null_health_period_start',
    ])
    expect(skipped[1]?.message).toBe(
      '`readable_times_app` failed, and `group_events_daily` is built from what it tests.',
    )
  })

  test('pass as a warning where the project says so, and count nowhere', { timeout: 60_000 }, async () => {
    const built = await buildProject(writeProject(files(LET_PASS)), engine)
    expect([built.outcome.ok, built.outcome.published]).toEqual([true, true])
    expect(
      built.outcome.results.filter(({ status }) => status !== 'pass' && status !== 'success'),
    ).toMatchObject([{ name: 'readable_times_app', status: 'warn', failures: 3 }])
    const column = async (relation: string, ...columns: readonly string[]) =>
      (await built.rows(relation)).map((row) => columns.map((name) => row[name]))
    expect((await column('events', 'occurred_at')).filter(([at]) => at === null)).toHaveLength(3)
    expect(await column('user_profiles', 'user_id', 'events')).toEqual([['ann', 2]])
    expect(await column('company_profiles', 'company_id', 'events', 'users')).toEqual([['acme', 2, 1]])
    expect(await column('event_properties', 'property', 'events')).toEqual([['plan', 2]])
    expect(await column('group_uniques', 'period', 'events', 'group_events', 'users')).toEqual([
      ['day', 1, 1, 1],
      ['day', 1, 1, 1],
      ['month', 2, 2, 1],
      ['week', 2, 2, 1],
    ])
    expect(await column('steps', 'step', 'entities')).toEqual([
      [1, 1],
      [2, 1],
    ])
    expect(await column('actives', 'entities', 'events')).toEqual([
      [1, 1],
      [1, 1],
    ])
    expect(await column('of_plan', 'segment', 'entities', 'events')).toEqual([
      ['pro', 1, 1],
      ['pro', 1, 1],
    ])
    expect(await column('stages', 'new_entities', 'returning_entities')).toEqual([
      [1, 0],
      [0, 1],
    ])
    expect(await column('who_did', 'group_id', 'users')).toEqual([['acme', 1]])
    expect(await column('health', 'group_id', 'events')).toEqual([['acme', 2]])
  })
})
