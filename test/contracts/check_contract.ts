/** What every check must do, held against its sample: a project where its test passes, and one where it does not. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Check } from '../../src/checks/index.ts'
import { load, run } from '../../src/gwh.ts'
import type { NodeResult } from '../../src/run/result.ts'
import { ENGINES, optionsFor, type Engine } from '../support/engines.ts'
import { writeProject, type Files } from '../support/projects.ts'
import { emptied, reordered } from './input_files.ts'

export interface CheckSample {
  /** The test of the check that is looked at. */
  readonly test: string
  /** Where it passes. Samples that share their files share the builds of them. */
  readonly right: Files
  /** Where it does not. */
  readonly wrong: Files
  /** What it says there: the number of failures, and one of the wrong rows; `…` ends what changes with the day. */
  readonly says: `${number}: ${string}`
  /** Where the right project has no rows at all; default: as where it has them. */
  readonly withoutRows?: 'warn' | 'fail'
  /** What the project needs beside its files: plugins that it names. */
  readonly prepare?: (dir: string) => void
}

type Described = Pick<Check, 'name' | 'description' | 'severity'>

/** A sentence of people: it begins as one and ends as one. */
const SENTENCE = /^[\p{Lu}\p{N}`'"].*[.!?]$/su

export function checkContract(check: Described, sample: CheckSample): void {
  const { right, wrong, prepare } = sample

  test('is described in sentences', () => {
    expect(check.description).toMatch(SENTENCE)
    const tests = testsOf(wrong, prepare).filter((one) => one.check === check.name)
    expect(tests.map(({ name }) => name)).toContain(sample.test)
    for (const one of tests) {
      expect(one.description, one.name).toMatch(SENTENCE)
      expect(one.fix, one.name).toMatch(SENTENCE)
    }
  })

  describe.each(ENGINES)('on %s', (engine) => {
    const said = async (files: Files, variant?: (files: Files) => Files) => {
      const results = await resultsOf(engine, files, variant, prepare)
      const result = results.find(({ kind, name }) => kind === check.name && name === sample.test)
      if (result?.status === 'error') throw new Error(result.message)
      return result
    }
    let found: NodeResult | undefined
    beforeAll(async () => {
      found = await said(wrong)
    })

    test('a right example passes', async () => {
      expect(await said(right)).toMatchObject({ status: 'pass', failures: 0 })
    })

    test('a wrong one does not, and says why', () => {
      expect(found?.status).toBe(check.severity === 'error' ? 'fail' : 'warn')
      expect(toldBy(found, sample).examples).toContain(sample.says)
    })

    test('it says the same of rows in another order', async () => {
      const other = await said(wrong, reordered)
      expect(toldBy(other, sample)).toEqual(toldBy(found, sample))
    })

    test(`without rows: ${sample.withoutRows ?? 'pass'}`, async () => {
      expect((await said(right, emptied))?.status).toBe(sample.withoutRows ?? 'pass')
    })
  })
}

function toldBy(result: NodeResult | undefined, { says }: CheckSample) {
  const pinned = (text: string) => (says.endsWith('…') ? `${text.slice(0, says.length - 1)}…` : text)
  const examples = (result?.examples ?? []).map((example) => pinned(`${result?.failures}: ${example}`))
  return { status: result?.status, examples: examples.sort() }
}

function testsOf(files: Files, prepare: CheckSample['prepare']) {
  const dir = writeProject(files)
  prepare?.(dir)
  return load(dir, { env: {}, target: 'dev' }).tests
}

type Variant = ((files: Files) => Files) | undefined

const built = new Map<Files, Map<string, Promise<readonly NodeResult[]>>>()

/** What a build of the files says; each is built once on each engine, whoever asks. */
function resultsOf(
  engine: Engine,
  files: Files,
  variant: Variant,
  prepare: CheckSample['prepare'],
): Promise<readonly NodeResult[]> {
  const builds = built.get(files) ?? new Map<string, Promise<readonly NodeResult[]>>()
  built.set(files, builds)
  const key = `${engine} ${variant?.name ?? ''}`
  const results =
    builds.get(key) ??
    (async () => {
      const dir = writeProject(variant?.(files) ?? files)
      prepare?.(dir)
      const outcome = await run(load(dir, await optionsFor(engine)), { command: 'build' })
      return outcome.results
    })()
  builds.set(key, results)
  return results
}
