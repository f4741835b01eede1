/** One set of rows for all engines: the hand-written project against files that a reader can check by eye. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildProject, copyOf, ENGINES, stable, toCsv, type BuiltProject } from './support/engines.ts'

const ACME = path.resolve('test/fixtures/acme')

/** Each report has something to look for, and finds it. */
function everythingFound({ outcome }: BuiltProject): boolean {
  const tests = outcome.results.filter(({ kind }) => kind === 'report_matches')
  return tests.length > 0 && tests.every(({ status }) => status === 'pass')
}

describe.each(ENGINES)('the rows of acme on %s', (engine) => {
  let built: BuiltProject
  beforeAll(async () => {
    built = await buildProject(copyOf(ACME), engine)
  })

  test('builds, passes its data tests and publishes', () => {
    const others = built.outcome.results.filter(({ status }) => status !== 'success' && status !== 'pass')
    // what the rows are there for: ids in several spellings, of several types, without a profile
    expect(others.map(({ name, status }) => `${status} ${name}`)).toEqual([
      'warn readable_values_rosters',
      'warn group_id_case',
      'warn group_id_profile_case',
      'warn placeholder_ids_of_groups',
      'warn attribution_window',
      'warn groups_without_profile_company',
      'warn groups_without_profile_team',
      'warn type_drift',
      'warn null_profile_ids_crm',
    ])
    expect(built.outcome).toMatchObject({ ok: true, published: true })
    expect(everythingFound(built)).toBe(true)
  })

  test.each([
    'events',
    'event_groups',
    'user_groups',
    'user_profiles',
    'group_events_daily',
    'group_activity_daily',
    'events_daily',
    'attribution_daily',
    'event_properties',
    'company_profiles',
    'team_profiles',
    'group_profiles',
    'group_uniques',
    'group_activity',
    'busy_companies',
    'activation',
    'activation_entities',
    'activation_trend',
    'activation_times',
    'login_pairs',
    'login_pairs_entities',
    'login_pairs_times',
    'export_without_upgrade',
    'export_without_upgrade_entities',
    'strict_start',
    'strict_start_entities',
    'strict_start_trend',
    'export_and_upgrade',
    'export_and_upgrade_entities',
    'invite_on_same_plan',
    'invite_on_same_plan_entities',
    'invite_by_plan',
    'invite_by_plan_entities',
    'activation_of_plans',
    'activation_of_plans_entities',
    'first_free_invite',
    'first_free_invite_entities',
    'weekly_retention',
    'weekly_retention_average',
    'login_retention',
    'login_retention_average',
    'login_habit',
    'login_habit_average',
    'daily_actives',
    'daily_actives_entities',
    'daily_actives_total',
    'hourly_pages',
    'hourly_pages_entities',
    'hourly_pages_total',
    'users_by_plan',
    'users_by_plan_entities',
    'users_by_plan_total',
    'users_without_pro',
    'users_without_pro_entities',
    'users_without_pro_total',
    'companies_by_plan_then',
    'companies_by_plan_then_entities',
    'companies_by_plan_then_total',
    'company_history',
    'company_lifecycle',
    'user_lifecycle',
    'active_days',
    'active_weeks',
    'active_users',
    'frequent_users',
    'company_health',
  ])('%s', async (relation) => {
    expect(built.relations).toContain(relation)
    await expect(toCsv(await built.rows(relation))).toMatchFileSnapshot(`expected/acme/${relation}.csv`)
  })
})

describe('the rows of the sample project', () => {
  test('are the same on every engine', { timeout: 120_000 }, async () => {
    const dir = copyOf('.')
    const [duckdb, postgres] = [await buildProject(dir, 'duckdb'), await buildProject(dir, 'postgres')]
    expect(duckdb.outcome.ok && postgres.outcome.ok).toBe(true)
    expect(everythingFound(duckdb) && everythingFound(postgres)).toBe(true)
    const judged = duckdb.outcome.results.filter(({ type }) => type === 'test')
    const passed = judged.filter(({ status }) => status === 'pass').length
    // as the README prints it
    const readme = readFileSync('README.md', 'utf8')
    expect(readme).toContain(`${passed} data tests passed, ${judged.length - passed} warned in`)
    expect(duckdb.relations.length).toBeGreaterThanOrEqual(11)
    for (const relation of duckdb.relations) {
      const [a, b] = [await duckdb.rows(relation), await postgres.rows(relation)]
      expect(a.length, relation).toBeGreaterThan(0)
      expect(a.length, relation).toBe(b.length)
      const different = a.findIndex((row, i) => stable(row) !== stable(b[i]))
      expect(different < 0 ? undefined : [relation, a[different], b[different]]).toBeUndefined()
    }
  })
})

describe('the order of input rows', () => {
  test('does not matter', async () => {
    const { readFileSync, writeFileSync } = await import('node:fs')
    const dir = copyOf(ACME)
    for (const file of ['app.csv', 'companies.csv', 'people.csv', 'web.ndjson', 'teams.ndjson']) {
      const lines = readFileSync(path.join(dir, file), 'utf8').trimEnd().split('\n')
      const head = file.endsWith('.csv') ? lines.splice(0, 1) : []
      writeFileSync(path.join(dir, file), `${[...head, ...lines.reverse()].join('\n')}\n`)
    }
    const forwards = await buildProject(copyOf(ACME), 'duckdb')
    const backwards = await buildProject(dir, 'duckdb')
    for (const relation of forwards.relations) {
      expect(toCsv(await backwards.rows(relation))).toBe(toCsv(await forwards.rows(relation)))
    }
  })
})
