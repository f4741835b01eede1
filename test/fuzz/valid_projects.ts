/** Small projects without a fault that between them say most of what can be said. */
import { GOOD } from '../support/files.ts'

/** By name, as text. */
export type Files = Readonly<Record<string, string>>

const REPORTS = `version: 2
reports:
  - { name: used, type: uniques, interval: day, metrics: [{ name: m, by: user, any_event: true, where: [{ property: plan, value: 02134 }] }] }
  - name: bought
    type: funnel
    by: company_id
    steps: [sign_up, { event: pay, where: [{ property: amount, op: gt, value: 3 }] }]
    window: { value: 14, unit: day }
    hold_constant: [plan]
  - { name: stayed, type: retention, by: company_id, start: sign_up, brackets: [1, 3] }
  - { name: cycle, type: lifecycle, by: company_id, any_event: true }
  - { name: sticky, type: stickiness, by: user, any_event: true, interval: week }
  - { name: health, type: company_health }
  - { name: doers, type: number_of_users_who_did, event: sign_up }
  - { name: many, type: uniques, event: sign_up, by: company_id, where: [{ users_who_did: doers, value: 2 }] }
`

const DOCS = `models:
  - name: events
    description: All events.
    data_tests:
      - dbt_utils.unique_combination_of_columns: { combination_of_columns: [event_id, occurred_at] }
      - recency: { datepart: day, field: occurred_at, interval: 1, config: { severity: warn } }
    columns:
      - name: event_name
        data_tests:
          - not_null
          - accepted_values: { values: [sign_up, 1.10, true], config: { where: "event_name <> 'x'", warn_if: '> 3' } }
      - name: user_id
        tests:
          - relationships: { to: ref('user_profiles'), field: user_id }
  - name: paying
    config: { materialized: table }
    columns: [{ name: user_id, description: Who pays. }]
`

const UNIT_TESTS = `unit_tests:
  - name: pays
    model: paying
    given:
      - input: ref('events')
        rows:
          - { event_name: pay, user_id: 007, properties: { plan: 1.10, list: [1, two, null] } }
          - { event_name: sign_up, user_id: u2 }
      - input: ref('base')
        format: csv
        rows: |
          user_id,n
          007,1
    expect:
      rows: [{ user_id: 007, n: 1 }]
    overrides: { vars: { least: 1 }, env_vars: { REGION: 5 } }
    config: { tags: [fast] }
  - name: from_a_file
    model: base
    given: [{ input: source('app'), fixture: raw }]
    expect: { format: sql, rows: "select 'u1' as user_id, 1 as n" }
`

const SQL: Files = {
  'models/base.sql': `{{ config(materialized='ephemeral') }}
-- how often
select user_id, count(*) as n
from {{ source('app') }}
group by user_id
`,
  'models/paying.sql': `{{ config(materialized='view') }}
select e.user_id, b.n
from {{ ref('events') }} as e
join {{ ref('base') }} as b on b.user_id = e.user_id
where e.event_name = 'pay' and b.n >= {{ var('least', 2) }}
{% if env_var('REGION', 'eu') == 'us' %}and e.source = 'us'{% endif %}
`,
  'tests/no_orphans.sql': `{{ config(severity='warn', tags=['slow'], fail_calc='sum(n)') }}
select user_id, n from {{ ref('paying') }} where user_id is null
`,
  'tests/fixtures/raw.csv': 'event,time,user_id,company_id\npay,2024-01-01,"u1",acme\n',
}

const SMALL = GOOD['project.yml'] ?? ''

const LARGE = `name: large
description: Much of what can be said.
timezone: Europe/Paris
week_start: sunday
target: dev
targets:
  dev: { type: duckdb, path: target/large.duckdb, threads: 2, memory_limit: 1GB }
  pg: { type: postgres, url: '\${GWH_POSTGRES_URL:-postgresql://localhost}', schema: large }
vars: { least: 2, zips: [02134, 1.10], nested: { a: null } }
external_paths: [/data]
exclude_events: [ping, 404]
service_user_ids: [robot, 007]
limits: { profile: mixpanel, group_keys: null }
group_keys:
  - &company
    name: company_id
    noun: company
    label: Company
    b2b: true
    registered_at: 2023-01-01T00:00:00Z
  - { <<: *company, name: team_id, noun: team, b2b: false }
sources:
  - name: app
    type: events
    file: [events.csv, 'more/*.csv']
    columns: { event: event, time: time, user: user_id }
    properties: [plan, amount]
    freshness: { warn_after: { count: 1, period: day } }
  - name: companies
    type: group_table
    group_key: company_id
    file: companies.parquet
    columns: { id: id, name: name, created_at: created, updated_at: updated }
    properties: { size: employees, plan: plan }
  - { name: people, type: user_table, file: people.ndjson, columns: { id: id }, group_keys: [company_id], properties: [role] }
data_tests:
  not_null: { severity: warn }
  recency: { enabled: false }
`

export const VALID: readonly Files[] = [
  { 'project.yml': SMALL },
  {
    'project.yml': LARGE,
    'models/reports.yml': REPORTS,
    'models/docs.yml': DOCS,
    'models/unit_tests.yml': UNIT_TESTS,
    ...SQL,
  },
]
