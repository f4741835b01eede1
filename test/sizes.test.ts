/** What grows with a project: lists by name, orders and tables of many. */
import { describe, expect, test } from 'vitest'
import { buildOrder, CycleError } from '../src/graph/build_order.ts'
import { called, distinct } from '../src/graph/called.ts'
import { table } from '../src/cli/text.ts'

describe('the order in which models are built', () => {
  test('puts parents first, and keeps the order given otherwise', () => {
    const parents = new Map([
      ['report', ['events', 'days']],
      ['events', ['raw']],
      ['days', ['events']],
      ['alone', []],
    ])
    expect(buildOrder(parents)).toEqual(['events', 'days', 'report', 'alone'])
  })

  test('has no limit to how deep parents lie', () => {
    const names = Array.from({ length: 50_000 }, (_, i) => `model_${i}`)
    const chain = new Map(names.map((name, i) => [name, names.slice(i + 1, i + 2)]))
    expect(buildOrder(chain)).toEqual([...names].reverse())
  })

  test('names the circle alone, and not the way to it', () => {
    const parents = new Map([
      ['report', ['a']],
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['a']],
    ])
    expect(() => buildOrder(parents)).toThrow(CycleError)
    expect(() => buildOrder(parents)).toThrow('a cycle: a, b, c, a')
  })
})

describe('members by name', () => {
  test('are the first of their name', () => {
    const list = [
      { name: 'a', n: 1 },
      { name: 'b', n: 2 },
      { name: 'a', n: 3 },
    ]
    expect(called(list, 'a')?.n).toBe(1)
    expect(called(list, 'constructor')).toBeUndefined()
    expect(distinct(list).map(({ n }) => n)).toEqual([1, 2])
  })
})

describe('tables', () => {
  test('line up what is wide, what is coloured and what has several lines', () => {
    const rows = [
      ['x', '1'],
      ['日本', '22'],
      ['two\nlines', '3'],
      ['\u001b[31mred\u001b[39m', ''],
    ]
    expect(table(['a', 'bb'], rows, [1])).toBe(
      [
        '  a      bb',
        '  x       1',
        '  日本   22',
        '  two     3',
        '  lines',
        '  \u001b[31mred\u001b[39m',
      ].join('\n'),
    )
  })

  test('have room for as many rows as there are', () => {
    const rows = Array.from({ length: 50_000 }, (_, i) => [`model_${i}`, 'view'])
    expect(table(['model', 'kind'], rows).split('\n')).toHaveLength(50_001)
  })
})
