/** Filters that do not look at case fold it in the engine, a value and a filter's text alike. */
import { expect, test } from 'vitest'
import { load } from '../src/gwh.ts'
import { openWarehouse } from '../src/engines/index.ts'
import { ENGINES, optionsFor } from './support/engines.ts'
import { build, goodBut, writeProject } from './support/projects.ts'

const VALUES = [
  'İSTANBUL',
  'istanbul',
  'ISTANBUL',
  'ısparta',
  'STRAẞE',
  'Straße',
  'ΟΔΟΣ',
  'οδος',
  'Å-road',
  'Ǆur',
]

/** What is looked for, and the values that have it. */
const ASKED: readonly (readonly [op: string, value: string, found: readonly string[]])[] = [
  ['contains', 'istan', ['İSTANBUL', 'istanbul', 'ISTANBUL']],
  ['contains', 'İSTAN', ['İSTANBUL', 'istanbul', 'ISTANBUL']],
  ['contains', 'I', ['İSTANBUL', 'istanbul', 'ISTANBUL']],
  ['contains', 'ı', ['ısparta']],
  ['starts_with', 'straße', ['STRAẞE', 'Straße']],
  ['starts_with', 'STRAẞ', ['STRAẞE', 'Straße']],
  ['contains', 'δος', ['ΟΔΟΣ', 'οδος']],
  ['contains', 'ΔΟΣ', ['ΟΔΟΣ', 'οδος']],
  ['starts_with', 'οδοσ', ['ΟΔΟΣ', 'οδος']],
  ['starts_with', 'å', ['Å-road']],
  ['starts_with', 'ǆ', ['Ǆur']],
  ['not_contains', 'İ', ['ısparta', 'STRAẞE', 'Straße', 'ΟΔΟΣ', 'οδος', 'Å-road', 'Ǆur']],
]

const metrics = ASKED.map(
  ([op, value], i) =>
    `      - { name: m${i}, by: user, any_event: true, where: [{ property: city, op: ${op}, value: ${JSON.stringify(value)} }] }`,
)

const FILES = goodBut(
  {
    'user: user_id }\n': `user: user_id }
    properties: [city]
reports:
  - name: u
    type: uniques
    interval: month
    metrics:
${metrics.join('\n')}
`,
  },
  {
    'events.csv': `event,time,user_id,company_id,city\n${VALUES.map(
      (city, i) => `seen,2024-01-01T10:00:00Z,u${i},acme,${city}`,
    ).join('\n')}\n`,
  },
)

test.each(ENGINES)('on %s', async (engine) => {
  const options = await optionsFor(engine)
  const loading = { ...options, target: engine === 'postgres' ? 'pg' : 'dev' }
  const dir = writeProject(FILES)
  await build(dir, loading)
  await using warehouse = await openWarehouse(load(dir, loading).plan.catalog.project, { readOnly: true })
  const rows = await warehouse.query<{ metric: string; entities: number }>(
    'select metric, entities from gwh.u',
  )
  const counted = new Map(rows.map(({ metric, entities }) => [metric, entities]))
  expect(ASKED.map(([op, value], i) => [op, value, counted.get(`m${i}`)])).toEqual(
    ASKED.map(([op, value, found]) => [op, value, found.length]),
  )
})
