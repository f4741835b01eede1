import { rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { load } from '../src/gwh.ts'
import { selectNodes } from '../src/graph/select.ts'
import { copyOf } from './support/engines.ts'

const dir = copyOf('test/fixtures/acme')
const withReports = load(dir, { env: {} }).nodes
// Nearly everything has reports after it.
rmSync(path.join(dir, 'models/reports.yml'))
const { nodes } = load(dir, { env: {} })
const models = (...select: string[]) =>
  nodes.filter((n) => n.type === 'model' && selectNodes(nodes, { select }).has(n.name)).map((n) => n.name)
const sources = (...select: string[]) =>
  nodes.filter((n) => n.type === 'source' && selectNodes(nodes, { select }).has(n.name)).map((n) => n.name)

describe('selectors', () => {
  test.each<[string, string[]]>([
    ['events', ['events']],
    ['*_profiles', ['user_profiles', 'company_profiles', 'team_profiles', 'group_profiles']],
    [
      'group_events_daily+',
      [
        'group_events_daily',
        'group_activity_daily',
        'company_profiles',
        'team_profiles',
        'group_profiles',
        'group_uniques',
        'group_activity',
        'enterprise',
        'busy_companies',
      ],
    ],
    ['1+group_events_daily', ['event_groups', 'group_surrogate_keys', 'group_events_daily']],
    ['+group_events_daily', ['events', 'group_surrogate_keys', 'event_groups', 'group_events_daily']],
    ['group_events_daily+1', ['group_events_daily', 'group_activity_daily', 'busy_companies']],
    ['events event_groups', ['events', 'event_groups']],
    ['+busy_companies,path:models', ['enterprise', 'busy_companies']],
    ['group_key:team', ['team_profiles']],
    ['path:models/busy_companies.sql', ['busy_companies']],
    ['source:crm+1', ['company_profiles']],
    ['resource_type:source+1,*_profiles', ['user_profiles', 'company_profiles', 'team_profiles']],
  ])('%s', (selector, expected) => {
    expect(models(selector).sort()).toEqual([...expected].sort())
  })

  test('several selectors add up, excluded ones are taken away', () => {
    const chosen = selectNodes(nodes, { select: ['events', '*_profiles'], exclude: ['team_profiles'] })
    expect(chosen.has('events') && chosen.has('company_profiles')).toBe(true)
    expect(chosen.has('team_profiles')).toBe(false)
  })

  test('sources come with +', () => {
    expect(sources('+events')).toEqual(['app', 'web'])
    expect(sources('events')).toEqual([])
  })

  test('tests are selected by type and by tag', () => {
    const made = [
      ...nodes,
      { name: 'u', type: 'unit_test', parents: () => ['events'], tags: ['nightly'] },
      { name: 's', type: 'test', testType: 'singular', parents: () => ['events'], tags: ['nightly', 'slow'] },
      { name: 'g', type: 'test', testType: 'generic', parents: () => ['events'] },
    ] as const
    const chosen = (...select: string[]) =>
      [...selectNodes(made, { select })].filter((name) => ['u', 's', 'g'].includes(name))
    expect(chosen('test_type:unit')).toEqual(['u'])
    expect(chosen('test_type:singular')).toEqual(['s'])
    expect(chosen('test_type:generic')).toEqual(['g'])
    expect(chosen('test_type:data').sort()).toEqual(['g', 's'])
    expect(chosen('tag:nightly').sort()).toEqual(['s', 'u'])
    expect(chosen('tag:nightly,test_type:data')).toEqual(['s'])
    expect(chosen('tag:sl*')).toEqual(['s'])
    expect(chosen('events').sort()).toEqual(['g', 's', 'u'])
    expect(() => chosen('tag:daily')).toThrow('The tags are: `nightly`, `slow`.')
    expect(() => chosen('test_type:singlar')).toThrow('Did you mean `singular`?')
  })

  test('data tests come with the models that they look at, and alone by name', () => {
    const chosen = selectNodes(nodes, { select: ['group_events_daily'] })
    expect([...chosen].filter((name) => name !== 'group_events_daily').sort()).toEqual([
      'events_per_group_per_day',
      'no_negative_events',
      'not_null_group_events_daily_day',
      'not_null_group_events_daily_event_name',
      'not_null_group_events_daily_group_id',
      'not_null_group_events_daily_group_key',
      'unique_group_events_daily_grain',
    ])
    expect([...selectNodes(nodes, { select: ['test_name:unique_*_profiles_grain'] })]).toHaveLength(4)
  })

  test.each<[string, string[]]>([
    ['report:activation', ['activation', 'activation_entities', 'activation_trend', 'activation_times']],
    ['activation', ['activation']],
    ['report:*_lifecycle', ['company_lifecycle', 'user_lifecycle']],
    [
      'report:active_users+',
      ['active_users', 'daily_actives', 'daily_actives_entities', 'daily_actives_total'],
    ],
    [
      '1+report:weekly_retention',
      ['events_daily', 'group_activity_daily', 'weekly_retention', 'weekly_retention_average'],
    ],
    ['report:activation,*_trend', ['activation_trend']],
  ])('%s, of reports', (selector, expected) => {
    const chosen = selectNodes(withReports, { select: [selector] })
    const found = withReports.filter(({ name, type }) => type === 'model' && chosen.has(name))
    expect(found.map(({ name }) => name).sort()).toEqual([...expected].sort())
  })
})
