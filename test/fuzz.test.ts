/** The fuzzers keep working, and find nothing in a few runs; `npm run fuzz` makes more of them. */
import { expect, test } from 'vitest'
import { mutated } from './fuzz/project.ts'

test('whatever is changed in a project, its problems are told of properly', () => {
  const counts = { valid: 0, refused: 0 }
  expect(mutated(40, 11, counts)).toEqual([])
  expect(counts.valid).toBeGreaterThan(3)
  expect(counts.refused).toBeGreaterThan(10)
}, 300_000)
