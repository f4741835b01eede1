/** Every relation that gwh brings has a sample, and does with it what all of them must do. */
import { describe, expect, test } from 'vitest'
import { modelsOf, relationContract, reportContract } from './relation_contract.ts'
import { MODEL_SAMPLES, PROJECT, REPORT_SAMPLES } from './relation_samples.ts'

const reports = Object.entries(REPORT_SAMPLES)

test('every relation of the project has a sample', () => {
  const relations = modelsOf(PROJECT).map(({ name }) => name)
  const sampled = [MODEL_SAMPLES, ...reports.map(([, { relations }]) => relations)].flatMap(Object.keys)
  expect(sampled.sort()).toEqual(relations.sort())
})

describe.each(Object.entries(MODEL_SAMPLES))('the model %s', (name, { row, counts }) => {
  relationContract(PROJECT, name, row, counts)
})

describe.each(reports)('the report %s', (_, { relations }) => {
  describe.each(Object.entries(relations))('%s', (name, { row, counts }) => {
    relationContract(PROJECT, name, row, counts)
    reportContract(PROJECT, name, counts)
  })
})
