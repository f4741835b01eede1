/**
 * Valid projects with one to three mutations each: of lines, values, keys, templates and whole files. Whatever
 * is wrong then has to be a problem with a place, never an exception.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { compile, load } from '../../src/gwh.ts'
import { ProblemError, type Problem } from '../../src/problems.ts'
import type { FuzzOptions } from './main.ts'
import { VALID, type Files } from './valid_projects.ts'

const ROOT = path.join(import.meta.dirname, '../..')

export interface Found {
  readonly run: number
  readonly what: string
  /** The file that was changed, as it was then. */
  readonly file: string
  readonly text: string
}

/** Problems that are of no place in a file. */
const PLACELESS: readonly Problem['code'][] = ['project_not_found']

type Random = (below: number) => number

/** @returns what of the mutated projects was not told of properly */
export function fuzzProject({ runs, seed, say }: FuzzOptions): string[] {
  const counts = { valid: 0, refused: 0 }
  const found = mutated(runs, seed, counts, ({ run, what, file, text }) => {
    say(`run ${run}, ${file}:\n${what}\n${text.length > 3_000 ? `${text.slice(0, 3_000)}…` : text}\n`)
  })
  say(`${runs} mutations (seed ${seed}): ${counts.valid} valid, ${counts.refused} with problems`)
  return found.map(({ run, file, what }) => `run ${run}, ${file}: ${what.split('\n')[0] ?? ''}`)
}

export function mutated(
  runs: number,
  seed: number,
  counts = { valid: 0, refused: 0 },
  tell: (found: Found) => void = () => undefined,
): Found[] {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'gwh-fuzz-'))
  const projects = writtenProjects(dir)
  const found: Found[] = []
  try {
    for (let run = 0; run < runs; run++) {
      const random = randomOf(seed * 1_000_003 + run)
      const project = pick(projects, random)
      const file = pick(project.files, random)
      const full = path.join(project.dir, file)
      const original = readFileSync(full, 'utf8')
      let text = original
      for (let times = 1 + random(3); times > 0; times--) text = mutation(text, file, random)
      writeFileSync(full, text)
      const what = judged(project.dir, counts)
      writeFileSync(full, original)
      if (what === undefined) continue
      found.push({ run, what, file, text })
      tell({ run, what, file, text })
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
  return found
}

/** What is wrong with what gwh says of the project; undefined where nothing is. */
function judged(dir: string, counts: { valid: number; refused: number }): string | undefined {
  try {
    compile(load(dir, { env: {}, offline: true }))
    counts.valid += 1
    return undefined
  } catch (error) {
    if (!(error instanceof ProblemError))
      return error instanceof Error ? (error.stack ?? error.message) : String(error)
    counts.refused += 1
    if (/\n +at .*\.[jt]s:\d+/.test(error.message)) return `a stack trace: ${error.message}`
    const lost = error.problems.filter(({ at, code }) => !isPlace(at) && !PLACELESS.includes(code))
    if (lost.length > 0)
      return `no place: ${lost.map(({ code, message }) => `${code} ${message}`).join('\n')}`
    const vague = error.problems.filter(({ message }) => /undefined|\[object|NaN|Invalid input/.test(message))
    return vague.length > 0 ? `no sense: ${vague.map(({ message }) => message).join('\n')}` : undefined
  }
}

const isPlace = (at: Problem['at']) =>
  at !== undefined &&
  at.file !== '' &&
  at.line >= 1 &&
  at.column >= 1 &&
  Number.isInteger(at.line + at.column)

interface Written {
  readonly dir: string
  /** The files that are mutated. */
  readonly files: readonly string[]
}

function writtenProjects(dir: string): Written[] {
  const copied = [ROOT, path.join(ROOT, 'test/fixtures/acme')].map((from, i) => {
    const to = path.join(dir, `copied_${i}`)
    for (const part of ['project.yml', 'models', 'tests'].filter((name) => existsSync(path.join(from, name))))
      cpSync(path.join(from, part), path.join(to, part), {
        recursive: true,
        errorOnExist: false,
        filter: (file) => !file.endsWith('.ts'),
        force: true,
      })
    return to
  })
  const written = VALID.map((files, i) => {
    const to = path.join(dir, `written_${i}`)
    writeFiles(to, files)
    return to
  })
  return [...copied, ...written].map((folder) => {
    compile(load(folder, { env: {}, offline: true }))
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        /\.(yml|sql|csv)$/.test(file) &&
        !file.startsWith('target') &&
        !/^[^/]*\.csv$/.test(file) &&
        statSync(path.join(folder, file)).isFile(),
    )
    return { dir: folder, files }
  })
}

function writeFiles(dir: string, files: Files): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true })
    writeFileSync(path.join(dir, file), text)
  }
}

/** A generator of its own for each run, so that one run can be repeated alone (mulberry32). */
function randomOf(seed: number): Random {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

function pick<T>(from: readonly T[], random: Random): T {
  const picked = from[random(from.length)]
  if (picked === undefined) throw new RangeError('there is nothing to pick from')
  return picked
}

const VALUES: readonly string[] = [
  '',
  'null',
  '~',
  'true',
  'False',
  'yes',
  '0',
  '-1',
  '3',
  '1.10',
  '02134',
  '0x1F',
  '1_000',
  '1e3',
  '.inf',
  '.nan',
  '9007199254740993',
  '99999999999999999999999999',
  '[]',
  '{}',
  '[a, [b, {c: d}]]',
  '[null]',
  '[1, two, 3.0]',
  '{ a: 1 }',
  '{ : }',
  '"',
  "'it''s'",
  '"\\u0000"',
  '"\\uD800"',
  '"a\\nb"',
  '" "',
  '${NOT_SET}',
  '${NOT_SET:-x}',
  '$${x}',
  '*nothing',
  '&me [*me]',
  '&a { <<: *a }',
  '<<',
  '!!binary aGk=',
  '!!str 5',
  '!custom x',
  '__proto__',
  'constructor',
  'toString',
  '2024-01-31',
  '2024-02-30T25:00:00Z',
  '{{ var("x") }}',
  '{{ 1 + }}',
  '{% if %}',
  "ref('events')",
  '😀',
  '\u202e right to left',
  'e\u0301',
  '\u0007',
  '\u2028',
  'x'.repeat(20_000),
  '['.repeat(200),
  '- - - -',
  '|\n    text\n  less',
]

const TAGS: readonly string[] = [
  '{{ }}',
  '{{',
  '}}',
  '{%',
  '{% endif %}',
  '{% for x in 5 %}{{ x }}{% endfor %}',
  '{% for x in range(3) %}{{ x }}{% endfor %}',
  '{{ ref() }}',
  '{{ ref(5) }}',
  "{{ ref('nothing') }}",
  "{{ ref('events', 'users') }}",
  '{{ source() }}',
  "{{ source('a', 'b', 'c') }}",
  '{{ var() }}',
  "{{ var('missing') }}",
  "{{ var('missing', none) }}",
  "{{ env_var('MISSING') }}",
  "{{ config(materialized='table') }}",
  '{{ config(materialized=5) }}',
  "{{ config(materialised='view', tags=['a']) }}",
  "{{ config('view') }}",
  '{{ config(none) }}',
  '{{ this }}',
  '{{ this.schema }}',
  '{{ target.nothing.more }}',
  '{{ nothing() }}',
  '{{ none.x }}',
  '{{ 1 / 0 }}',
  "{{ 'a' * 'b' }}",
  "{{ 'a' | nothing }}",
  '{{ [1, 2] | join(5) }}',
  '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}',
  '{% set x = %}',
  '{% raw %}',
  '{# open',
  '\u0001ref:events\u0001',
  ';',
  '; drop table x',
  '--',
  '/*',
  "'",
  '\u0000',
]

function mutation(text: string, file: string, random: Random): string {
  const lines = text.split('\n')
  const at = random(lines.length)
  const line = lines[at] ?? ''
  const put = (...replaced: string[]) =>
    [...lines.slice(0, at), ...replaced, ...lines.slice(at + 1)].join('\n')
  const general: (() => string)[] = [
    () => put(),
    () => put(line, line),
    () => put(line, pick(lines, random)),
    () => put(`${' '.repeat(1 + random(3))}${line}`),
    () => put(line.replace(/^ {1,2}/, '')),
    () => put(line.slice(0, random(line.length + 1))),
    () => put(line.slice(0, random(line.length + 1)) + pick(VALUES, random)),
    () => put(typo(line, random)),
    () => text.slice(0, random(text.length)),
    () => put(`${line}${pick(TAGS, random)}`),
  ]
  const yaml: (() => string)[] = [
    () => put(line.replace(/(:\s+)\S.*$/, (_, colon: string) => `${colon}${pick(VALUES, random)}`)),
    () =>
      put(
        line.replace(
          /([[{,:] ?)([\w.$-]+)(?=\s*[,\]}])/,
          (_, before: string) => before + pick(VALUES, random),
        ),
      ),
    () => put(line.replace(/^(\s*- ).*$/, (_, dash: string) => `${dash}${pick(VALUES, random)}`)),
    () => put(line.replace(/[\w$]+(?=:)/, (key) => typo(key, random))),
    () => put(line.replace(/[\w$]+(?=:)/, () => pick(VALUES, random))),
    () => put(line, `${/^\s*/.exec(line)?.[0] ?? ''}${pick(VALUES, random)}: ${pick(VALUES, random)}`),
    () => put(line.replace(/:\s.*$/, ':')),
    () => put(line.replace(/[\w$]+:/, '<<:')),
  ]
  const sql: (() => string)[] = [
    () => put(pick(TAGS, random), line),
    () => put(line.replace(/\{\{.*?\}\}/, () => pick(TAGS, random))),
    () => put(line.replace(/'[^']*'/, () => pick(VALUES, random))),
  ]
  return pick([...general, ...(file.endsWith('.yml') ? [...yaml, ...yaml] : sql)], random)()
}

/** A letter less, more, another one, or two exchanged. */
function typo(text: string, random: Random): string {
  const at = random(text.length + 1)
  const letter = pick(
    ['a', 'Z', '0', '_', ' ', ':', '-', '"', '{', '\t', '#', '&', '*', '!', '|', '%', '@'],
    random,
  )
  switch (random(4)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1)
    case 1:
      return text.slice(0, at) + letter + text.slice(at)
    case 2:
      return text.slice(0, at) + letter + text.slice(at + 1)
    default:
      return text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2)
  }
}
