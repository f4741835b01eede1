/** The one dependency rule: a file imports from its own folder and from what stands to its left. */
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'

const ORDER = [
  'version',
  'problems',
  'targets',
  'project',
  'sql',
  'engines',
  'graph',
  'mapping',
  'connectors',
  'models',
  'checks',
  'registry',
  'editors',
  'run',
  'artifacts',
  'gwh',
  'index',
  'kit',
  'cli',
]

/** These three know nothing of one another. */
const APART = [
  ['connectors', 'models'],
  ['models', 'connectors'],
  ['checks', 'models'],
  ['checks', 'connectors'],
]

const files = ['src', 'connectors', 'models'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(folder, file)),
)

/** `src/graph/plan.ts` is in graph, `src/gwh.ts` in gwh, `models/events.ts` in models. */
const partOf = (file: string): string => {
  const [first = '', second = ''] = file.split(path.sep)
  // What a target may say is known before a project is read.
  if (/^src\/engines\/(\w+\/target|targets|target_fields)\.ts$/.test(file)) return 'targets'
  return first === 'src' ? second.replace(/\.ts$/, '') : first
}

/** Imports that count: types too, for they are knowledge as well. */
function importsOf(file: string): { line: number; to: string; dynamic: boolean }[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text, i) => {
      const found = /(?:from|import)\s*\(?\s*'(\.[^']+)'/.exec(text)
      if (found?.[1] === undefined || found[1].endsWith('.json')) return []
      return [{ line: i + 1, to: path.join(path.dirname(file), found[1]), dynamic: text.includes('import(') }]
    })
}

/** Chains of imports that end where they begin, one for each file where a walk comes upon one. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = []
  const done = new Set<string>()
  const walk = (file: string, way: readonly string[]) => {
    const start = way.indexOf(file)
    if (start >= 0) circles.push([...way.slice(start), file].join(' → '))
    if (start >= 0 || done.has(file)) return
    for (const next of graph.get(file) ?? []) walk(next, [...way, file])
    done.add(file)
  }
  for (const file of graph.keys()) walk(file, [])
  return circles
}

describe('the dependency rule', () => {
  test('reads real imports', () => {
    expect(files.length).toBeGreaterThan(50)
    expect(files.flatMap(importsOf).length).toBeGreaterThan(150)
    expect(files.map(partOf).filter((part) => !ORDER.includes(part))).toEqual([])
  })

  test('holds', () => {
    const broken = files.flatMap((file) =>
      importsOf(file).flatMap(({ line, to }) => {
        const [from, target] = [partOf(file), partOf(to)]
        const backwards = ORDER.indexOf(target) > ORDER.indexOf(from)
        const apart = APART.some(([a, b]) => a === from && b === target)
        return backwards || apart ? [`${file}:${line} (${from}) imports ${to} (${target})`] : []
      }),
    )
    expect(broken).toEqual([])
  })

  test('no file comes back to itself by way of others, types counted', () => {
    const graph = new Map(files.map((file) => [file, importsOf(file).map(({ to }) => to)]))
    expect(circlesIn(new Map([...graph, ['a', ['b']], ['b', ['c', 'a']], ['c', []]]))).toContain('a → b → a')
    expect(circlesIn(graph)).toEqual([])
  })

  test('drivers are loaded by their engines and when files are loaded, and nowhere else', () => {
    const importing = files.filter((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .some(
          (text) =>
            /from '(@duckdb\/node-api|pg|pg-copy-streams)'|import\('(@duckdb\/node-api|pg)'\)/.test(text) &&
            !text.startsWith('import type'),
        ),
    )
    expect(importing.sort()).toEqual([
      'src/engines/duckdb/warehouse.ts',
      'src/engines/postgres/load_files.ts',
      'src/engines/postgres/warehouse.ts',
    ])
  })

  test('the command line loads commander alone until a command runs', () => {
    const text = readFileSync('src/cli.ts', 'utf8')
    const loaded = [...text.matchAll(/^import (?!type)[^']*'([^']+)'/gm)].map((match) => match[1])
    expect(loaded).toEqual(['node:module', 'commander', './version.ts'])
  })
})

describe('engines', () => {
  /** Words for people: what a setting is for, and how lists are written. */
  const TOLD = /'[^']*\b(PostgreSQL|DuckDB)\b[^']*'/

  test('are named in their own folders and nowhere else, comments aside', () => {
    const named = files
      .filter((file) => !file.startsWith(path.join('src', 'engines')))
      .flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .map((text, i) => ({ text: text.replace(/(^|\s)(\/\/|\/?\*).*$/, ''), at: `${file}:${i + 1}` }))
          .filter(({ text }) => /duckdb|postgres/i.test(text) && !TOLD.test(text)),
      )
    expect(named).toEqual([])
  })
})

describe('SQL for an engine', () => {
  test('text of the standard becomes its own where models and tests are compiled, and nowhere else', () => {
    const writing = files.filter(
      (file) =>
        !/^src[\\/](engines|sql)[\\/]|^models[\\/]reports[\\/]/.test(file) &&
        /\bto(Fitted)?Text\b/.test(readFileSync(file, 'utf8')),
    )
    expect(writing.toSorted()).toEqual([
      'src/artifacts/compiled.ts',
      'src/graph/compile.ts',
      'src/graph/parents.ts',
      'src/graph/statements.ts',
    ])
  })
})

describe('the one way out', () => {
  test('only src/cli/door.ts prints what is not written here in full', () => {
    const printing = files.flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((text) => /console\.|(stdout|stderr|stream)\.write\((?!'[^']*'\))/.test(text))
        .map(() => file),
    )
    expect(printing.length).toBeGreaterThan(4)
    expect([...new Set(printing)]).toEqual(['src/cli/door.ts'])
  })
})

describe('the size of files', () => {
  test('no file grows past what one person holds in the head', () => {
    const long = files
      .map((file) => [file, readFileSync(file, 'utf8').split('\n').length] as const)
      .filter(([, lines]) => lines > 500)
    expect(long).toEqual([])
  })
})

test('a funnel comes from project.yml to SQL in at most eight files, as CONTRIBUTING.md walks through them', () => {
  const [, walk = ''] =
    /## A funnel, from project.yml to SQL\n([^]*?)\n## /.exec(readFileSync('CONTRIBUTING.md', 'utf8')) ?? []
  const walked = [...walk.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file = '']) => file)
  expect(walked.length).toBeGreaterThan(4)
  expect(walked.length).toBeLessThanOrEqual(8)
  // from the type of report on, each file is what one before it imports
  const type = walked.indexOf('models/reports/funnel.ts')
  for (const [i, file] of walked.entries()) {
    expect(files).toContain(file)
    if (i <= type) continue
    const before = walked.slice(type, i).flatMap((one) => importsOf(one).map(({ to }) => to))
    expect(before).toContain(file)
  }
})
