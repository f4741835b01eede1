/** The trend of an unordered funnel: each attempt belongs to the period in which it begins. */
import { describe, expect, test } from 'vitest'
import { load } from '../src/gwh.ts'
import { openWarehouse } from '../src/engines/index.ts'
import { ENGINES, optionsFor } from './support/engines.ts'
import { build, goodBut, writeProject } from './support/projects.ts'

/** User, day of January, event. */
const LOG: readonly (readonly [string, number, string])[] = [
  // twice, weeks apart, in either order
  ['ann', 1, 'A'],
  ['ann', 1, 'B'],
  ['ann', 20, 'B'],
  ['ann', 21, 'A'],
  // the second attempt of the first period is the better one
  ['bob', 1, 'A'],
  ['bob', 9, 'B'],
  ['bob', 10, 'A'],
  // never both within three days
  ['cat', 1, 'A'],
  ['cat', 20, 'B'],
  // wiped before it was complete, and done again later
  ['dan', 1, 'A'],
  ['dan', 2, 'X'],
  ['dan', 3, 'B'],
  ['dan', 8, 'A'],
  ['dan', 8, 'B'],
  // complete before it was wiped
  ['eve', 8, 'B'],
  ['eve', 9, 'A'],
  ['eve', 9, 'X'],
]

const FILES = goodBut(
  {
    'user: user_id }\n': `user: user_id }
reports:
  - { name: f, type: funnel, by: user, order: unordered, steps: [A, B], window: { value: 3, unit: day }, trend: { interval: week } }
  - name: wiped
    type: funnel
    by: user
    order: unordered
    steps: [A, B]
    window: { value: 3, unit: day }
    exclusions: [{ event: X, after_step: 1, before_step: 2 }]
    trend: { interval: week }
`,
  },
  {
    'events.csv': `event,time,user_id,company_id\n${LOG.map(
      ([user, day, event]) => `${event},2024-01-${String(day).padStart(2, '0')}T10:00:00Z,${user},acme`,
    ).join('\n')}\n`,
  },
)

describe.each(ENGINES)('on %s', (engine) => {
  test('whoever enters in several periods counts in each', async () => {
    const loading = { ...(await optionsFor(engine)), target: engine === 'postgres' ? 'pg' : 'dev' }
    const dir = writeProject(FILES)
    await build(dir, loading)
    await using warehouse = await openWarehouse(load(dir, loading).plan.catalog.project, { readOnly: true })
    const trend = async (name: string) => {
      const rows = await warehouse.query(
        `select period_start, entered, converted from gwh.${name}_trend order by 1`,
      )
      return rows.map((row) => Object.values(row).join(' '))
    }
    // weeks from Monday: 1, 8 and 15 January
    expect(await trend('f')).toEqual(['2024-01-01 4 2', '2024-01-08 3 3', '2024-01-15 2 1'])
    expect(await trend('wiped')).toEqual(['2024-01-01 4 1', '2024-01-08 3 3', '2024-01-15 2 1'])
  })
})
