/**
 * Funnels in which one event may be several steps, or has several values: what is right by hand, said by SQL
 * and by the plain loops alike.
 */
import { describe, expect, test } from 'vitest'
import type { FunnelSpec } from './oracle/funnel_spec.ts'
import { relationsOf } from './oracle/relations.ts'
import { throughGwh } from './oracle/through_gwh.ts'
import { happenings, type LogLine, type Value, type World } from './oracle/world.ts'
import { ENGINES, optionsFor, tempFolder } from './support/engines.ts'

const START = Date.UTC(2024, 0, 1)
const HOUR = 3_600_000

/** An event of a user, so many hours after the start. */
interface Did {
  readonly user?: string
  readonly event: string
  readonly hour: number
  readonly of?: readonly string[]
  readonly p?: Value
  readonly q?: Value
}

interface Case {
  readonly name: string
  readonly log: readonly Did[]
  readonly funnel: Partial<FunnelSpec> & Pick<FunnelSpec, 'steps'>
  /** Who, with which value, and the hours at which the steps were done; `-` for a step that was not. */
  readonly expected: readonly string[]
}

const A = { event: 'A' }
const B = { event: 'B' }
const ANY = { any_event: true } as const
const A_WITH_Q = { event: 'A', where: [{ property: 'q', op: 'eq', value: 1 }] } as const
const ANY_WITH_Q = { any_event: true, where: [{ property: 'q', op: 'eq', value: 1 }] } as const

const ofPlan = (
  attribution: 'first' | 'last' | 'all' | 'step',
  more: { step?: number; limit?: number } = {},
) => ({ property: 'plan', of: 'company_id', attribution, ...more }) as const

/** acme pays for `pro`, beta for `free`, cone for `gold`. */
const TWO_PLANS = ['acme', 'beta']
const THREE_PLANS = ['acme', 'beta', 'cone']

const CASES: readonly Case[] = [
  {
    name: 'an unordered attempt takes two events for two steps',
    log: [
      { event: 'B', hour: 0 },
      { event: 'A', hour: 1 },
    ],
    funnel: { order: 'unordered', steps: [A, ANY] },
    expected: ['ann 0 1'],
  },
  {
    name: 'and these are the latest of its window',
    log: [
      { event: 'B', hour: 0 },
      { event: 'C', hour: 1 },
      { event: 'B', hour: 2 },
      { event: 'A', hour: 3 },
    ],
    funnel: { order: 'unordered', steps: [A, ANY, ANY] },
    expected: ['ann 1 2 3'],
  },
  {
    name: 'one event is one step of an unordered attempt',
    log: [{ event: 'A', hour: 0 }],
    funnel: { order: 'unordered', steps: [A, A_WITH_Q] },
    expected: ['ann 0 -'],
  },
  {
    name: 'what wipes an unordered attempt is first a step of it',
    log: [
      { event: 'A', hour: 0 },
      { event: 'A', hour: 0, q: 1 },
    ],
    funnel: {
      order: 'unordered',
      steps: [A, A],
      exclusions: [{ ...A, after_step: 1, before_step: 2 }],
    },
    expected: ['ann 0 0'],
  },
  {
    name: 'events of an instant are shared out so that most steps are done there',
    log: [
      { event: 'B', hour: 0 },
      { event: 'A', hour: 1, q: 1 },
      { event: 'A', hour: 1 },
      { event: 'A', hour: 2, q: 1 },
    ],
    funnel: { steps: [B, A, A_WITH_Q] },
    expected: ['ann 0 1 1'],
  },
  {
    name: 'an event of two groups is one step',
    log: [{ event: 'A', hour: 0, of: TWO_PLANS }],
    funnel: { steps: [A, A], breakdown: ofPlan('first') },
    // free comes before pro
    expected: ['ann free 0 -'],
  },
  {
    name: 'an event of two groups is one step of an unordered funnel, too',
    log: [{ event: 'A', hour: 0, of: TWO_PLANS }],
    funnel: { order: 'unordered', steps: [A, A], breakdown: ofPlan('last') },
    expected: ['ann free 0 -'],
  },
  {
    name: 'an event of two groups interrupts as one',
    log: [
      { event: 'A', hour: 0, of: TWO_PLANS },
      { event: 'C', hour: 1, of: TWO_PLANS },
      { event: 'B', hour: 2, of: TWO_PLANS },
    ],
    funnel: { order: 'strict', steps: [A, B], breakdown: ofPlan('step') },
    expected: ['ann free 0 -', 'ann pro 0 -'],
  },
  {
    name: 'two values that are folded into the rest are one event there',
    log: [
      { event: 'A', hour: 0, of: THREE_PLANS },
      { user: 'bob', event: 'A', hour: 0, of: ['acme'] },
      { user: 'bob', event: 'A', hour: 1, of: ['acme'] },
    ],
    funnel: { steps: [A, A], breakdown: ofPlan('all', { limit: 1 }) },
    expected: ['ann $other 0 -', 'ann pro 0 -', 'bob pro 0 1'],
  },
  {
    name: 'each value at a step has the other events once',
    log: [
      { event: 'A', hour: 0, of: TWO_PLANS },
      { event: 'B', hour: 1, of: TWO_PLANS },
    ],
    funnel: { steps: [A, B, B], breakdown: ofPlan('step', { step: 2 }) },
    expected: ['ann free 0 1 -', 'ann pro 0 1 -'],
  },
  {
    name: 'the event whose value counts is no later step',
    log: [
      { event: 'A', hour: 0, p: 'x', q: 1 },
      { event: 'A', hour: 0, p: 'y', q: 2 },
    ],
    // Only the first may be step 2, so only the second can be step 1 before it.
    funnel: { steps: [A, A_WITH_Q], breakdown: { property: 'p', attribution: 'step' } },
    expected: ['ann x 0 -', 'ann y 0 0'],
  },
  {
    name: 'the first entry has one value',
    log: [
      { event: 'A', hour: 0, p: 'x', q: 1 },
      { event: 'A', hour: 0, p: 'y', q: 2 },
      { event: 'A', hour: 1, p: 'z', q: 1 },
    ],
    funnel: { entry: 'first', steps: [A, A_WITH_Q], breakdown: { property: 'p', attribution: 'step' } },
    expected: ['ann x 0 1'],
  },
  {
    name: 'attempts with different values wait for one another',
    log: [
      { event: 'A', hour: 0, p: 'y', q: 2 },
      { event: 'A', hour: 1, p: 'x', q: 2 },
      { event: 'A', hour: 2, p: 'x', q: 1 },
      { event: 'A', hour: 3, p: 'x', q: 1 },
    ],
    // y converts at 2; only then may x start.
    funnel: { entry: 'every', steps: [A, A_WITH_Q], breakdown: { property: 'p', attribution: 'step' } },
    expected: ['ann x 3 -', 'ann y 0 2'],
  },
  {
    name: 'an optional step at the instant of another needs an event of its own, and no later one',
    log: [
      { event: 'A', hour: 0 },
      { event: 'B', hour: 0 },
      { event: 'C', hour: 1, q: 1 },
      { user: 'bob', event: 'A', hour: 0 },
      { user: 'bob', event: 'B', hour: 1, q: 1 },
    ],
    funnel: { steps: [A, { ...B, optional: true }, ANY_WITH_Q] },
    // Of bob's only two events the second is the last step, so that none is left for the optional one.
    expected: ['ann 0 0 1', 'bob 0 - 1'],
  },
  {
    name: 'an optional step at the instant of the next one needs one, too',
    log: [
      { event: 'B', hour: 0 },
      { event: 'A', hour: 1, q: 1 },
      { event: 'C', hour: 1 },
      { user: 'bob', event: 'B', hour: 0 },
      { user: 'bob', event: 'A', hour: 1, q: 1 },
    ],
    funnel: { steps: [B, { ...ANY, optional: true }, A_WITH_Q] },
    expected: ['ann 0 1 1', 'bob 0 - 1'],
  },
  {
    name: 'an optional step at the entry is not the event whose value counts',
    log: [
      { event: 'A', hour: 0, p: 'x', q: 1 },
      { event: 'A', hour: 0, p: 'y', q: 2 },
      { event: 'B', hour: 1 },
    ],
    funnel: {
      steps: [A, { ...A_WITH_Q, optional: true }, B],
      breakdown: { property: 'p', attribution: 'step' },
    },
    expected: ['ann x 0 - 1', 'ann y 0 0 1'],
  },
  {
    name: 'the required steps come first: what they take is not left for an optional one',
    log: [
      { event: 'A', hour: 0 },
      { event: 'B', hour: 0 },
      { event: 'C', hour: 1 },
    ],
    // The attempt is complete at 0, with B as its last step.
    funnel: { steps: [A, { ...B, optional: true }, ANY] },
    expected: ['ann 0 - 0'],
  },
]

const nameOf = (i: number) => `funnel_${String.fromCharCode('a'.charCodeAt(0) + i)}`

const world: World = {
  timezone: 'UTC',
  weekStart: 'monday',
  services: [],
  registeredAt: undefined,
  companies: {
    acme: { createdAt: null, properties: { plan: 'pro' } },
    beta: { createdAt: null, properties: { plan: 'free' } },
    cone: { createdAt: null, properties: { plan: 'gold' } },
  },
  users: {},
  log: CASES.flatMap(({ log }, i) =>
    log.map(({ user = 'ann', event, hour, of = [], p = null, q = null }): LogLine => ({
      event,
      at: START + hour * HOUR,
      user,
      company: of,
      properties: { case: nameOf(i), p, q },
    })),
  ),
}

const reports = CASES.map(({ funnel }, i): FunnelSpec => ({
  name: nameOf(i),
  type: 'funnel',
  by: 'user',
  order: 'ordered',
  entry: 'best',
  window: { value: 1, unit: 'day' },
  strictly_increasing: false,
  exclusions: [],
  hold_constant: [],
  complete_after_range: false,
  where: [{ property: 'case', op: 'eq', value: nameOf(i) }],
  trend: false,
  time_to_convert: false,
  ...funnel,
}))

/** A row of `<name>_entities` as cases write it. */
function written(row: Readonly<Record<string, unknown>>): string {
  const hour = (value: unknown) =>
    value === null ? '-' : String((new Date(value as string | Date).getTime() - START) / HOUR)
  const times = Object.keys(row).filter((column) => /^step_\d+_at$/.test(column))
  const who = [row['user_id'], ...('segment' in row ? [row['segment']] : [])].map(String)
  return [...who, ...['entered_at', ...times].map((column) => hour(row[column]))].join(' ')
}

describe('events that may be several steps or have several values', () => {
  const ids = world.log.map((_, i) => String(i).padStart(3, '0'))

  test.each(CASES.map((one, i) => ({ ...one, report: reports[i]! })))(
    'by plain loops: $name',
    ({ report, expected }) => {
      const rows = relationsOf(report, reports, happenings(world, ids), world)[`${report.name}_entities`]
      expect(rows?.map(written).sort()).toEqual(expected)
    },
  )

  test.each(ENGINES)('in SQL on %s', { timeout: 120_000 }, async (engine) => {
    const { relations } = await throughGwh(tempFolder(), world, reports, await optionsFor(engine))
    const found = CASES.map(({ name }, i) => ({
      name,
      rows: relations[`${nameOf(i)}_entities`]?.map(written).sort(),
    }))
    expect(found).toEqual(CASES.map(({ name, expected }) => ({ name, rows: expected })))
  })
})
