/** The project that is measured: its reports, the columns that each needs, and the aims for some of them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { TargetOptions } from '../../../src/engines/targets.ts'

export const SCHEMA = 'gwh'

/** One scan of exactly the columns that a report needs; what any way of computing it has to pay. */
export interface Floor {
  readonly relation: string
  readonly columns: readonly string[]
}

export interface BenchReport {
  /** Also the name of its first relation. */
  readonly name: string
  readonly about: string
  readonly floor: Floor
  /** Its entry in project.yml, without the name. */
  readonly yml: object
  /** What DuckDB should need of CPU, by the floor. */
  readonly aim?: string
  /** Computed from events, each day of a group has to be told apart first. */
  readonly eachDayOnce?: boolean
  /** What DuckDB should need of CPU, by the same report from events. */
  readonly aimOfDays?: string
}

export const eventName = (rank: number) => `event_${String(rank).padStart(2, '0')}`
const steps = (...ranks: number[]) => ({ steps: ranks.map(eventName) })

/** The steps that are rivals' too. */
export const FUNNEL_STEPS = steps(2, 3, 5, 8).steps

const COMPANY = { by: 'company_id' }
const USER = { by: 'user' }

const companies = (...columns: string[]): Floor => ({
  relation: 'event_groups',
  columns: ['group_id', ...columns],
})
const users = (...columns: string[]): Floor => ({ relation: 'events', columns: ['user_id', ...columns] })
const EACH_EVENT = ['event_name', 'occurred_at']
const EACH_DAY = ['event_name', 'day']

const FUNNEL = {
  type: 'funnel',
  window: { value: 7, unit: 'day' },
  trend: false,
  time_to_convert: false,
  ...steps(2, 3, 5, 8),
}
const RETENTION = {
  type: 'retention',
  start: eventName(2),
  return: { any_event: true },
  period: 'week',
  periods: 12,
}
const RECURRING = { ...RETENTION, mode: 'recurring' }
const TRAILING = { type: 'uniques', any_event: true, interval: 'day', trailing_days: 30 }
const LIFECYCLE = { type: 'lifecycle', any_event: true, interval: 'week' }
const STICKINESS = { type: 'stickiness', any_event: true, interval: 'day' }

const AIM = 'at most 2.5x'
const AIM_OF_DAYS = 'at most 0.2x of events'

const companyFunnel = (name: string, about: string, options: object): BenchReport => ({
  name: `funnel_${name}`,
  about: `funnel by company, ${about}`,
  floor: companies(...EACH_EVENT),
  yml: { ...FUNNEL, ...COMPANY, ...options },
})

export const REPORTS: readonly BenchReport[] = [
  { ...companyFunnel('company', '4 steps', {}), aim: `${AIM}, better 1.5x` },
  companyFunnel('top_steps', 'the 4 most frequent', steps(1, 2, 3, 4)),
  {
    name: 'funnel_user',
    about: 'funnel by user, 4 steps',
    floor: users(...EACH_EVENT),
    yml: { ...FUNNEL, ...USER },
  },
  companyFunnel('first', 'entry first', { entry: 'first' }),
  companyFunnel('every', 'entry every', { entry: 'every' }),
  companyFunnel('increasing', 'strictly increasing', { strictly_increasing: true }),
  companyFunnel('strict', 'strict order', { order: 'strict' }),
  companyFunnel('unordered', 'unordered', { order: 'unordered' }),
  companyFunnel('unordered_exclusion', 'unordered, an exclusion', {
    order: 'unordered',
    exclusions: [{ event: eventName(11), after_step: 1, before_step: 4 }],
  }),
  {
    ...companyFunnel('unordered_overlap', 'unordered, overlapping', {
      order: 'unordered',
      steps: [...steps(2, 3).steps, { event: eventName(2), where: [{ property: 'plan', value: 'team' }] }],
    }),
    floor: { relation: 'events', columns: ['company_id', ...EACH_EVENT, 'properties'] },
  },
  companyFunnel('repeated', 'a step twice', steps(2, 3, 3, 5)),
  companyFunnel('exclusion', 'an exclusion', {
    exclusions: [{ event: eventName(11), after_step: 1, before_step: 4 }],
  }),
  {
    ...companyFunnel('breakdown', 'by a property', { breakdown: { property: 'plan', of: 'event' } }),
    floor: { relation: 'events', columns: ['company_id', ...EACH_EVENT, 'properties'] },
  },
  companyFunnel('trend', 'with its trend', { trend: { interval: 'day' } }),
  {
    name: 'retention_company',
    about: 'weekly retention by company, first time',
    floor: companies(...EACH_DAY),
    yml: { ...RETENTION, ...COMPANY },
    aim: AIM,
  },
  {
    name: 'retention_company_recurring',
    about: 'weekly retention by company, recurring',
    floor: companies(...EACH_DAY),
    yml: { ...RECURRING, ...COMPANY },
    aim: AIM,
  },
  {
    name: 'retention_user',
    about: 'weekly retention by user, first time',
    floor: users(...EACH_DAY),
    yml: { ...RETENTION, ...USER },
    aim: AIM,
  },
  {
    name: 'retention_user_recurring',
    about: 'weekly retention by user, recurring',
    floor: users(...EACH_DAY),
    yml: { ...RECURRING, ...USER },
    aim: AIM,
  },
  {
    name: 'retention_elapsed',
    about: 'weekly retention by company, elapsed',
    floor: companies(...EACH_EVENT),
    yml: { ...RETENTION, ...COMPANY, alignment: 'elapsed' },
    aim: AIM,
  },
  {
    name: 'retention_user_elapsed',
    about: 'weekly retention by user, elapsed',
    floor: users(...EACH_EVENT),
    yml: { ...RETENTION, ...USER, alignment: 'elapsed' },
    aim: AIM,
  },
  {
    name: 'uniques_month',
    about: 'monthly unique companies',
    floor: companies('day'),
    yml: { type: 'uniques', any_event: true, interval: 'month', ...COMPANY },
    aimOfDays: AIM_OF_DAYS,
  },
  {
    name: 'actives_company',
    about: 'companies active in 30 days, each day',
    floor: companies('day'),
    yml: { ...TRAILING, ...COMPANY },
    eachDayOnce: true,
    aimOfDays: AIM_OF_DAYS,
  },
  {
    name: 'actives_user',
    about: 'users active in 30 days, each day',
    floor: users('day'),
    yml: { ...TRAILING, ...USER },
  },
  {
    name: 'lifecycle_company',
    about: 'weekly lifecycle by company',
    floor: companies('day'),
    yml: { ...LIFECYCLE, ...COMPANY },
  },
  {
    name: 'lifecycle_user',
    about: 'weekly lifecycle by user',
    floor: users('day'),
    yml: { ...LIFECYCLE, ...USER },
  },
  {
    name: 'stickiness_company',
    about: 'daily stickiness by company',
    floor: companies('day'),
    yml: { ...STICKINESS, ...COMPANY },
  },
  {
    name: 'stickiness_user',
    about: 'daily stickiness by user',
    floor: users('day'),
    yml: { ...STICKINESS, ...USER },
  },
  {
    name: 'users_who_did',
    about: 'number of users who did it, by company',
    floor: companies('event_name', 'user_id'),
    yml: { type: 'number_of_users_who_did', event: eventName(2), ...COMPANY },
  },
  {
    name: 'company_health',
    about: 'weekly health of each company',
    floor: companies('user_id', 'day'),
    yml: { type: 'company_health', interval: 'week', ...COMPANY },
  },
]

/** Writes project.yml. @returns its folder */
export function writeProject(folder: string, name: string, target: TargetOptions): string {
  const dir = path.join(folder, name)
  mkdirSync(dir, { recursive: true })
  const project = {
    name: 'bench',
    targets: { bench: target },
    deprecated_names: false,
    group_keys: [{ name: 'company_id', b2b: true }],
    // The rows are put into `events` by the bench itself; this says which columns there are.
    sources: [
      {
        name: 'app',
        type: 'events',
        table: 'raw_events',
        columns: { event: 'event_name', time: 'occurred_at', user: 'user_id', insert_id: 'insert_id' },
        properties: ['plan'],
      },
    ],
    reports: REPORTS.map(({ name: report, yml }) => ({ name: report, ...yml })),
  }
  writeFileSync(path.join(dir, 'project.yml'), JSON.stringify(project, null, 2))
  return dir
}
