/** The form of problems, and that the message of each code is pinned in one of the files in test/problems, where builds are stopped, or where plugins are loaded. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  formatProblem,
  nearest,
  PROBLEM_CODES,
  ProblemError,
  suggest,
  type Problem,
  type ProblemCode,
} from '../src/problems.ts'

const folder = path.join(import.meta.dirname, 'problems')
const files = [
  ...readdirSync(folder).map((file) => path.join(folder, file)),
  path.join(import.meta.dirname, 'attack.test.ts'),
  path.join(import.meta.dirname, 'plugins.test.ts'),
]
const texts = files.map((file) => readFileSync(file, 'utf8'))

describe('every problem', () => {
  /** Codes at the head of a message in a snapshot, with the exit code that the snapshot ends with. */
  const shown = texts.flatMap((text) =>
    [...text.matchAll(/toMatchInlineSnapshot\(`([\s\S]*?[^\\])`\)/g)].flatMap(([, snapshot = '']) => {
      const exitCode = Number(/exit code (\d+)"/.exec(snapshot)?.[1])
      return [...snapshot.matchAll(/^\s*"?(?:\S+:\d+:\d+ {2})?([a-z_]+)$/gm)].map(
        (m) => [m[1], exitCode] as const,
      )
    }),
  )

  test.each(Object.entries(PROBLEM_CODES))('%s is shown in full, with exit code %i', (code, exitCode) => {
    const codes = shown.filter(([found]) => found === code).map(([, exit]) => exit)
    expect(codes.length).toBeGreaterThan(0)
    expect(new Set(codes)).toEqual(new Set([exitCode]))
  })
})

describe('a problem as text', () => {
  const problem: Problem = {
    code: 'unknown_field',
    message: '`lable` is not a known field.',
    at: { file: 'project.yml', line: 12, column: 5, excerpt: '    lable: Team' },
    cause: 'The first line.\n\nThe third.',
    fix: 'Did you mean `label`?',
  }

  test('has place, code, message, line with a caret, cause and fix', () => {
    expect(formatProblem(problem)).toBe(`project.yml:12:5  unknown_field
  \`lable\` is not a known field.
    12 |     lable: Team
       |     ^
  The first line.

  The third.
  Did you mean \`label\`?`)
  })

  test('has less where there is less to say', () => {
    expect(formatProblem({ code: 'usage', message: 'Name a relation.' })).toBe('usage\n  Name a relation.')
  })

  test('comes after those of earlier places', () => {
    const at = (file: string, line: number, column: number) => ({ ...problem, at: { file, line, column } })
    const thrown = new ProblemError([
      at('project.yml', 10, 1),
      at('project.yml', 9, 7),
      at('models/a.yml', 20, 1),
      at('project.yml', 9, 2),
      { code: 'usage', message: 'Nowhere.' },
    ])
    expect(thrown.message.match(/^(usage|\S+:\d+:\d+)/gm)).toEqual([
      'usage',
      'models/a.yml:20:1',
      'project.yml:9:2',
      'project.yml:9:7',
      'project.yml:10:1',
    ])
  })

  test('leads to the highest exit code of all', () => {
    const exitCode = (...codes: ProblemCode[]) =>
      new ProblemError(codes.map((code) => ({ code, message: '' }))).exitCode
    expect(exitCode('publish_failed')).toBe(1)
    expect(exitCode('publish_failed', 'usage')).toBe(2)
  })
})

describe('the nearest name', () => {
  test.each([
    ['compny_id', 'company_id'],
    ['COMPANY_ID', 'company_id'],
    ['area', 'area'],
    ['aera', 'area'],
    ['workspace', undefined],
    // two letters exchanged
    ['Byu', 'Buy'],
    ['Yub', undefined],
    ['q', undefined],
    ['A', 'a'],
  ])('of %s is %s', (name, expected) => {
    expect(nearest(name, ['company_id', 'area', 'team', 'Buy', 'a'])).toBe(expected)
  })

  test('or else all names are listed, up to 20', () => {
    const names = Array.from({ length: 25 }, (_, i) => `name_number_${i}`)
    expect(suggest('on', ['one', 'another'], 'The keys are')).toBe('Did you mean `one`?')
    expect(suggest('id', ['one', 'to'], 'The keys are')).toBe('The keys are: `one`, `to`.')
    expect(suggest('something', ['one', 'another'], 'The keys are')).toBe('The keys are: `one`, `another`.')
    expect(suggest('something', names)).toMatch(
      /^There is: `name_number_0`, .*`name_number_19` and 5 more\.$/,
    )
    expect(suggest('something', [])).toBeUndefined()
  })
})
