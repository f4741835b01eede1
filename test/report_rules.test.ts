/** Rules of reports on logs of a few lines, so small that a reader can check the numbers by eye. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { LoadOptions } from '../src/project/load.ts'
import { throughGwh } from './oracle/through_gwh.ts'
import type { World } from './oracle/world.ts'
import { ENGINES, optionsFor, tempFolder } from './support/engines.ts'

describe.each(ENGINES)('rules of reports on %s', (engine) => {
  const DAY = 86_400_000
  const line = (day: string, user: string, company: string) => ({
    event: 'A',
    at: Date.parse(day) + DAY / 2,
    user,
    company,
    properties: {},
  })
  const world = (log: World['log']): World => ({
    timezone: 'UTC',
    weekStart: 'monday',
    services: [],
    registeredAt: undefined,
    companies: {},
    users: {},
    log,
  })
  let loading: LoadOptions
  beforeAll(async () => {
    loading = await optionsFor(engine)
  })

  /** Columns of the relations of a report, as text. */
  const rowsOf = async (
    log: World['log'],
    report: { readonly name: string } & Record<string, unknown>,
    columns: readonly string[],
    relation = report.name,
  ) => {
    const { relations } = await throughGwh(tempFolder(), world(log), [report], loading)
    return (relations[relation] ?? []).map((row) => columns.map((name) => String(row[name])).join(' ')).sort()
  }

  test('a rate of a day that still runs is null', async () => {
    const log = ['2024-01-01', '2024-01-02', '2024-01-03'].flatMap((day, i) => [
      line(day, 'ann', 'acme'),
      line(day, `new on ${i + 1}`, 'acme'),
    ])
    const report = { name: 'health', type: 'company_health', interval: 'day' }
    expect(await rowsOf(log, report, ['period_start', 'd1_users', 'd1_rate'])).toEqual([
      '2024-01-01 1 0.5',
      // the third day is the last of the data
      '2024-01-02 0 null',
      '2024-01-03 0 null',
    ])
  })

  describe('a report without an end goes to the last event of the data', () => {
    // a Monday and a Wednesday; somebody else does something else on Saturday, and on the next Monday
    const log = [
      line('2024-01-01', 'ann', 'acme'),
      line('2024-01-03', 'ann', 'acme'),
      { ...line('2024-01-06', 'bob', 'beta'), event: 'B' },
      { ...line('2024-01-08', 'bob', 'beta'), event: 'B' },
    ]

    test('so that metrics beside one another do not matter', async () => {
      const three = { name: 'of 3 days', event: 'A', trailing_days: 3 }
      const report = { name: 'actives', type: 'uniques', by: 'user', interval: 'week', metrics: [three] }
      const columns = ['metric', 'period_start', 'entities', 'events']
      // on Sunday Wednesday is too long ago
      const alone = ['of 3 days 2024-01-01 0 2', 'of 3 days 2024-01-08 0 0']
      expect(await rowsOf(log, report, columns)).toEqual(alone)
      const beside = { ...report, metrics: [three, { name: 'all', any_event: true }] }
      expect(await rowsOf(log, beside, columns)).toEqual([
        'all 2024-01-01 2 3',
        'all 2024-01-08 1 1',
        ...alone,
      ])
    })

    test('and the days after the last activity are there', async () => {
      const report = { name: 'actives', type: 'uniques', by: 'company_id', event: 'A', interval: 'day' }
      const days = await rowsOf(log, { ...report, trailing_days: 2 }, ['period_start', 'entities'])
      expect(days).toEqual([1, 1, 1, 1, 0, 0, 0, 0].map((count, i) => `2024-01-0${i + 1} ${count}`))
    })

    test('and not beyond it, where the range begins there', async () => {
      const report = { name: 'actives', type: 'uniques', by: 'user', any_event: true, interval: 'month' }
      // in the same month as the last event, which ann and bob would be looked back on from
      const late = { ...report, trailing_days: 30, range: { from: '2024-01-20' } }
      expect(await rowsOf(log, late, ['period_start', 'entities'])).toEqual([])
      const last = { ...late, range: { from: '2024-01-08' } }
      expect(await rowsOf(log, last, ['period_start', 'entities'])).toEqual(['2024-01-01 2'])
    })

    test('and those who went quiet are dormant', async () => {
      const report = { name: 'cycle', type: 'lifecycle', by: 'user', event: 'A', interval: 'week' }
      expect(await rowsOf(log, report, ['period_start', 'active_entities', 'dormant_entities'])).toEqual([
        '2024-01-01 1 0',
        '2024-01-08 0 1',
      ])
    })

    test('and stretches are cut backwards from there', async () => {
      const report = { name: 'habit', type: 'stickiness', by: 'user', event: 'A', interval: 'day' }
      // 7 and 8, 5 and 6, 3 and 4, 1 and 2 January
      expect(await rowsOf(log, { ...report, interval_count: 2 }, ['active_periods', 'entities'])).toEqual([
        '1 0',
        '2 1',
        '3 0',
        '4 0',
      ])
    })

    test('and so are the days after the last entry of a funnel', async () => {
      const report = { name: 'funnel', type: 'funnel', by: 'user', steps: ['A', 'A'] }
      const entries = await rowsOf(log, report, ['period_start', 'entered'], 'funnel_trend')
      expect(entries).toEqual([1, 0, 1, 0, 0, 0, 0, 0].map((count, i) => `2024-01-0${i + 1} ${count}`))
    })

    test('from the beginning of its range, also where nothing counts', async () => {
      const report = { name: 'cycle', type: 'lifecycle', by: 'user', event: 'never', interval: 'week' }
      const columns = ['period_start', 'active_entities']
      expect(await rowsOf(log, { ...report, range: { from: '2024-01-01' } }, columns)).toEqual([
        '2024-01-01 0',
        '2024-01-08 0',
      ])
      // without one there is nothing that it could begin with
      expect(await rowsOf(log, report, columns)).toEqual([])
      expect(await rowsOf(log, { ...report, range: { from: '2024-02-01' } }, columns)).toEqual([])
    })
  })

  test('values of the days that are looked back on keep their names', async () => {
    const log = [
      { ...line('2024-01-31', 'ann', 'acme'), properties: { plan: 'x' } },
      { ...line('2024-02-10', 'bob', 'beta'), properties: { plan: 'y' } },
      // nobody looks back on it
      { ...line('2024-01-05', 'cy', 'cone'), properties: { plan: 'z' } },
    ]
    const report = {
      name: 'actives',
      type: 'uniques',
      by: 'company_id',
      event: 'A',
      interval: 'day',
      trailing_days: 30,
      breakdown: { property: 'plan' },
      range: { from: '2024-02-09', to: '2024-02-11' },
    }
    expect(await rowsOf(log, report, ['segment', 'period_start', 'entities'])).toEqual([
      'x 2024-02-09 1',
      'x 2024-02-10 1',
      'x 2024-02-11 1',
      'y 2024-02-09 0',
      'y 2024-02-10 1',
      'y 2024-02-11 1',
    ])
    // nobody in the range has the value that comes first
    const one = { ...report, breakdown: { property: 'plan', limit: 1 } }
    expect(await rowsOf(log, one, ['segment', 'entity_id'], 'actives_entities')).toEqual(['$other beta'])
  })

  test('the step that is conversion is the last that cannot be skipped', async () => {
    const log = [
      { ...line('2024-01-01', 'ann', 'acme'), event: 'A' },
      { ...line('2024-01-02', 'ann', 'acme'), event: 'B' },
      { ...line('2024-01-03', 'ann', 'acme'), event: 'C' },
      { ...line('2024-01-01', 'bob', 'acme'), event: 'A' },
      { ...line('2024-01-03', 'bob', 'acme'), event: 'B' },
    ]
    const report = {
      name: 'funnel',
      type: 'funnel',
      by: 'user',
      steps: ['A', 'B', { event: 'C', optional: true }],
    }
    expect(await rowsOf(log, report, ['user_id', 'converted'], 'funnel_entities')).toEqual([
      'ann true',
      'bob true',
    ])
    expect(await rowsOf(log, report, ['entered', 'converted'], 'funnel_trend')).toEqual(['0 0', '0 0', '2 2'])
    expect(await rowsOf(log, report, ['avg_seconds', 'entities'], 'funnel_times')).toEqual([
      '129600 0',
      '129600 1',
      '129600 1',
    ])
  })

  test('rules say what changes the numbers, of one in the singular', async () => {
    const log = ['A', 'B', 'C'].map((event) => ({ ...line('2024-01-01', 'ann', 'acme'), event }))
    const rulesOf = async (report: { readonly name: string } & Record<string, unknown>) => [
      ...new Set(await rowsOf(log, { by: 'user', ...report }, ['rule'])),
    ]
    const optional = (event: string) => ({ event, optional: true })
    const steps = ['A', optional('B'), optional('C'), optional('D'), { event: 'C', first_time: 'ever' }]
    const breakdown = { property: 'plan', attribution: 'step', step: 5 }
    expect(await rulesOf({ name: 'funnel', type: 'funnel', steps, breakdown })).toEqual([
      'ordered, best entry, within 14 days, steps 2, 3 and 4 optional, step 5 first ever, by plan at step 5',
    ])
    const actives = { name: 'actives', type: 'uniques', event: 'A', trailing_days: 1 }
    expect(await rowsOf(log, { by: 'user', ...actives }, ['metric', 'rule'])).toEqual([
      'A by user, trailing 1 day trailing 1 calendar day, each day',
    ])
    const criteria = { op: 'lte', value: 1 }
    expect(
      await rulesOf({ name: 'habit', type: 'stickiness', event: 'A', interval: 'day', criteria }),
    ).toEqual(['by day, at most 1 event, exactly so many'])
  })

  /** `ann A X B`: what somebody did on 2024-01-01, 02, 03 … */
  const days = (...lives: readonly string[]) =>
    lives.flatMap((life) => {
      const [user = '', ...events] = life.split(' ')
      return events.map((event, i) => ({ ...line(`2024-01-0${i + 1}`, user, 'acme'), event }))
    })

  test('steps that can be skipped do not count after a strict attempt was interrupted', async () => {
    const b = { event: 'B', optional: true }
    const strict = { name: 'funnel', type: 'funnel', by: 'user', order: 'strict' }
    const log = days('ann A X B', 'bob A B X C', 'cy A B B C', 'dan A C B', 'eve A C X B')
    const columns = ['user_id', 'furthest_step', 'converted']
    const between = { ...strict, steps: ['A', b, 'C'] }
    expect(await rowsOf(log, between, columns, 'funnel_entities')).toEqual([
      'ann 1 false',
      'bob 2 false',
      'cy 3 true',
      'dan 3 true',
      'eve 3 true',
    ])
    const after = { ...strict, steps: ['A', 'C', b] }
    expect(await rowsOf(log, after, columns, 'funnel_entities')).toEqual([
      'ann 1 false',
      'bob 1 false',
      'cy 1 false',
      'dan 3 true',
      'eve 2 true',
    ])
  })

  test('where every attempt counts, each has the steps that can be skipped until the next one', async () => {
    const every = { name: 'funnel', type: 'funnel', by: 'user', entry: 'every' }
    const b = { event: 'B', optional: true }
    const columns = ['user_id', 'attempt', 'furthest_step']
    const after = { ...every, steps: ['A', 'C', b] }
    expect(await rowsOf(days('ann A C A C B', 'bob A C B'), after, columns, 'funnel_entities')).toEqual([
      'ann 1 2',
      'ann 2 3',
      'bob 1 3',
    ])
    const exclusions = [{ event: 'X', after_step: 1, before_step: 3 }]
    const excluding = { ...every, steps: ['A', b, 'C'], exclusions }
    expect(await rowsOf(days('ann A X A B C', 'bob A B X C'), excluding, columns, 'funnel_entities')).toEqual(
      ['ann 1 1', 'ann 2 3', 'bob 1 2'],
    )
  })

  test('nobody goes on from a step that was skipped', async () => {
    const steps = ['A', { event: 'B', optional: true }, 'C']
    const report = {
      name: 'funnel',
      type: 'funnel',
      by: 'user',
      steps,
      trend: { interval: 'day', from_step: 2 },
    }
    expect(
      await rowsOf(days('ann A C', 'bob A B C', 'cy A B'), report, ['entered', 'converted'], 'funnel_trend'),
    ).toEqual(['0 0', '0 0', '2 1'])
  })

  test('values held constant have a funnel each', async () => {
    const log = ['p', undefined, 'p'].map((plan, i) => ({
      ...line(`2024-01-0${i + 1}`, 'ann', 'acme'),
      event: 'AXB'[i] ?? '',
      properties: plan === undefined ? {} : { plan },
    }))
    const strict = { name: 'funnel', type: 'funnel', by: 'user', order: 'strict', steps: ['A', 'B'] }
    const columns = ['user_id', 'converted']
    expect(await rowsOf(log, strict, columns, 'funnel_entities')).toEqual(['ann false'])
    const held = { ...strict, hold_constant: ['plan'] }
    expect(await rowsOf(log, held, columns, 'funnel_entities')).toEqual(['ann true'])
  })
})
