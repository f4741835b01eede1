/** A project that has every relation, small enough to count by eye, and of each relation a row that was counted so. */
import type { REPORTS } from '../../models/reports/index.ts'
import type { Row } from '../support/engines.ts'
import type { Files } from '../support/projects.ts'
import type { ProjectSample } from './relation_contract.ts'

interface RelationSample {
  /** Columns of one of its rows. */
  readonly row: Row
  /** Columns that count: 0 or null where there is nothing to count. Without any, there is no row then. */
  readonly counts: readonly string[]
}

type Relations = Readonly<Record<string, RelationSample>>

/** A report of each type, with the relations that it makes. */
type ReportSamples = Readonly<
  Record<keyof typeof REPORTS, { readonly yml: string; readonly relations: Relations }>
>

export const REPORT_SAMPLES: ReportSamples = {
  company_health: {
    yml: `
  - name: health
    type: company_health
    interval: week`,
    relations: {
      // ann came on Monday and was there on the next day, bob came on Tuesday and was there in the next week
      health: {
        row: {
          company_id: 'acme',
          period_start: '2024-01-01',
          new_users: 2,
          active_users: 2,
          events: 4,
          d1_users: 1,
          d1_rate: 0.5,
          w1_users: 1,
          w1_rate: 0.5,
        },
        counts: [
          'new_users',
          'active_users',
          'events',
          'dau',
          'wau',
          'mau',
          'd1_users',
          'w1_users',
          'm1_users',
        ],
      },
    },
  },
  funnel: {
    yml: `
  - name: activation
    type: funnel
    by: company_id
    steps: [Sign Up, Invite, Pay]
    window: { value: 7, unit: day }
    breakdown: { property: tier, of: company_id, properties: as_of }
    trend: { interval: week }
    time_to_convert: { bins: 2 }`,
    relations: {
      // bob's sign-up is the last one from which acme got to the end; bolt's invitation came after 15 days
      activation: {
        row: { segment: 'small', step: 2, entities: 1, conversion_from_start: 0.5, dropped: 1 },
        counts: ['entities', 'dropped'],
      },
      activation_entities: {
        row: {
          company_id: 'acme',
          furthest_step: 3,
          entered_at: at('2024-01-02T09:00'),
          step_2_at: at('2024-01-02T10:00'),
          step_3_at: at('2024-01-03T10:00'),
          seconds_to_convert: 90_000,
        },
        counts: ['furthest_step'],
      },
      activation_trend: {
        row: { segment: 'small', period_start: '2024-01-01', entered: 2, converted: 1 },
        counts: ['entered', 'converted'],
      },
      activation_times: { row: { bin: 1, entities: 1, avg_seconds: 90_000 }, counts: ['entities'] },
    },
  },
  lifecycle: {
    yml: `
  - name: cycle
    type: lifecycle
    by: company_id
    any_event: true
    interval: week
    newness: first_event`,
    relations: {
      cycle: {
        row: {
          period_start: '2024-01-08',
          new_entities: 0,
          returning_entities: 2,
          resurrecting_entities: 0,
          dormant_entities: 0,
        },
        counts: [
          'new_entities',
          'returning_entities',
          'resurrecting_entities',
          'dormant_entities',
          'active_entities',
        ],
      },
    },
  },
  number_of_users_who_did: {
    yml: `
  - name: visitors
    type: number_of_users_who_did
    event: Visit
    frequency: { op: gte, value: 2 }`,
    relations: { visitors: { row: { company_id: 'bolt', users: 1 }, counts: ['users'] } },
  },
  retention: {
    yml: `
  - name: returning
    type: retention
    by: company_id
    start: Sign Up
    return: { any_event: true }
    period: week
    periods: 2`,
    relations: {
      returning: {
        row: { cohort_start: '2024-01-01', period_number: 1, cohort_size: 2, retained: 2, rate: 1 },
        counts: ['cohort_size', 'eligible', 'returned', 'retained'],
      },
      returning_average: {
        row: { period_number: 1, cohorts: 1, cohort_size: 2, retained: 2 },
        counts: ['cohorts', 'cohort_size', 'retained'],
      },
    },
  },
  stickiness: {
    yml: `
  - name: habit
    type: stickiness
    by: company_id
    any_event: true
    interval: week`,
    relations: { habit: { row: { active_periods: 3, entities: 2, share: 1 }, counts: ['entities'] } },
  },
  uniques: {
    yml: `
  - name: actives
    type: uniques
    interval: week
    metrics:
      - { name: companies, by: company_id, any_event: true }
      - name: heavy companies
        by: company_id
        any_event: true
        where: [{ property: weight, of: company_id, value: 7.0 }]`,
    relations: {
      actives: {
        row: { metric: 'heavy companies', period_start: '2024-01-01', entities: 1, events: 4 },
        counts: ['entities', 'events'],
      },
      actives_total: {
        row: { metric: 'companies', entities: 2, events: 10 },
        counts: ['entities', 'events'],
      },
      actives_entities: {
        row: { metric: 'companies', entity_id: 'acme', events: 6, first_at: at('2024-01-01T10:00') },
        counts: ['events'],
      },
    },
  },
}

/** Of each relation that a project has without reports; `company_…` stand for those of every group key. */
export const MODEL_SAMPLES: Relations = {
  events: {
    row: { event_name: 'Pay', occurred_at: at('2024-01-03T10:00'), user_id: 'ann', company_id: ['acme'] },
    counts: ['source_rows'],
  },
  group_surrogate_keys: {
    row: { group_key: 'company_id', group_id: 'bolt', group_sk: 2 },
    counts: ['group_sk'],
  },
  event_groups: {
    row: { group_id: 'bolt', event_name: 'Invite', day: '2024-01-18', user_id: 'eve' },
    counts: ['source_rows'],
  },
  user_groups: {
    row: { user_id: 'ann', group_id: 'acme', from_events: true, from_profile: true, events: 3 },
    counts: ['events'],
  },
  user_profiles: { row: { user_id: 'eve', has_profile: true, events: 1, role: 'guest' }, counts: ['events'] },
  group_events_daily: {
    row: { group_id: 'acme', event_name: 'Sign Up', day: '2024-01-02', events: 1, users: 1 },
    counts: ['events', 'users'],
  },
  group_activity_daily: { row: { group_id: 'acme', day: '2024-01-02', events: 2 }, counts: ['events'] },
  events_daily: {
    row: { source: 'app', event_name: 'Visit', day: '2024-01-04', events: 1 },
    counts: ['events'],
  },
  attribution_daily: {
    row: { event_name: 'Visit', day: '2024-01-04', events: 1, attributed: 0 },
    counts: ['events', 'attributed'],
  },
  event_properties: {
    row: { source: 'app', property: 'company_id', events: 9, texts: 8, lists: 1 },
    counts: ['events'],
  },
  plans_folded: {
    row: {
      group_id: 'acme',
      updated_at: at('2024-01-06T00:00'),
    },
    counts: [],
  },
  company_profiles: {
    row: { company_id: 'acme', events: 6, users: 3, tier: 'large', seats: 50, stage: 'paying' },
    counts: ['events', 'users'],
  },
  company_history: {
    row: { company_id: 'acme', valid_to: at('2024-01-05T00:00'), tier: 'small', seats: 5 },
    counts: ['seats'],
  },
  company_json_scalars: { row: { company_id: 'acme', property: 'weight', value: '7' }, counts: [] },
  group_profiles: {
    row: { group_id: 'bolt', display_name: 'Bolt', events: 4, users: 2 },
    counts: ['events', 'users'],
  },
  group_uniques: {
    row: { granularity: 'week', period_start: '2024-01-01', groups: 2, group_users: 3, users: 4 },
    counts: ['groups', 'group_users', 'group_events', 'users', 'events'],
  },
  group_activity: { row: { group_id: 'bolt', event_name: 'Invite', user_id: 'eve' }, counts: [] },
}

const event = (time: string, name: string, user: string, company_id: string | string[] | undefined) => ({
  event: name,
  time: `2024-01-${time}:00Z`,
  user,
  props: { company_id },
})

/** The month begins on a Monday. */
const EVENTS = [
  event('01T10:00', 'Sign Up', 'ann', 'acme'),
  event('02T10:00', 'Invite', 'ann', 'acme'),
  event('03T10:00', 'Pay', 'ann', 'acme'),
  event('02T09:00', 'Sign Up', 'bob', 'acme'),
  event('09T09:00', 'Visit', 'bob', 'acme'),
  event('03T12:00', 'Sign Up', 'cid', 'bolt'),
  event('10T12:00', 'Visit', 'cid', 'bolt'),
  event('17T12:00', 'Visit', 'cid', 'bolt'),
  event('04T08:00', 'Visit', 'dee', undefined),
  event('18T08:00', 'Invite', 'eve', ['acme', 'bolt']),
]

const company = (id: string, seen: string, tier: string, seats: number, weight: number) => ({
  id,
  name: id.charAt(0).toUpperCase() + id.slice(1),
  created: '2023-12-01T00:00:00Z',
  seen: `2024-01-${seen}T00:00:00Z`,
  tier,
  seats,
  weight,
})

const COMPANIES = [
  company('acme', '01', 'small', 5, 7),
  company('acme', '05', 'large', 50, 7),
  company('bolt', '03', 'small', 2, 1),
]

const PEOPLE = [
  { id: 'ann', company: 'acme', role: 'admin' },
  { id: 'eve', company: 'bolt', role: 'guest' },
]

const change = (id: string, day: string, operation: string, object: unknown) => ({
  id,
  day: `2024-01-${day}T00:00:00Z`,
  operation,
  object,
})

const PLANS = [
  change('acme', '01', 'set', { stage: 'trial' }),
  change('acme', '04', 'union', { tags: ['a', 'b'] }),
  change('acme', '05', 'set', { stage: 'paying' }),
  change('acme', '06', 'remove', { tags: 'a' }),
  change('bolt', '02', 'set', { stage: 'trial' }),
  change('bolt', '03', 'delete', null),
]

const SETTINGS = `name: relations
target: dev
targets:
  dev: { type: duckdb, path: warehouse.duckdb }
  postgres: { type: postgres, url: "\${GWH_POSTGRES_URL}" }
limits: { profile: none }
group_keys:
  - { name: company_id, noun: company, b2b: true }
sources:
  - name: app
    type: events
    file: events.ndjson
    columns: { event: event, time: time, user: user }
    properties_column: props
    group_keys: [company_id]
  - name: crm
    type: group_table
    file: companies.ndjson
    group_key: company_id
    columns: { id: id, name: name, created_at: created, updated_at: seen }
    properties: { tier: tier, seats: { type: integer }, weight: weight }
  - name: plans
    type: operations
    file: plans.ndjson
    group_key: company_id
    columns: { id: id, operation: operation, object: object, updated_at: day }
    properties: [stage]
  - name: people
    type: user_table
    file: people.ndjson
    columns: { id: id }
    group_keys: { company_id: company }
    properties: [role]
`

const ndjson = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

/** @param range as each report says it */
const reportsOf = (range: string) =>
  `reports:${Object.values(REPORT_SAMPLES)
    .map(({ yml }) => `${yml}${range}`)
    .join('')}\n`

const FILES: Files = {
  'project.yml': SETTINGS,
  'models/reports.yml': reportsOf(''),
  'events.ndjson': ndjson(EVENTS),
  'companies.ndjson': ndjson(COMPANIES),
  'people.ndjson': ndjson(PEOPLE),
  'plans.ndjson': ndjson(PLANS),
}

const UNGROUPED: Files = {
  ...FILES,
  'events.ndjson': ndjson(EVENTS.map(({ props: _, ...rest }) => ({ ...rest, props: {} }))),
}

const BEFOREHAND: Files = {
  ...FILES,
  'models/reports.yml': reportsOf('\n    range: { from: 2023-01-02, to: 2023-01-29 }'),
}

export const PROJECT: ProjectSample = { files: FILES, ungrouped: UNGROUPED, beforehand: BEFOREHAND }

function at(time: string): Date {
  return new Date(`${time}:00Z`)
}
