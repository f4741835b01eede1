/** Trino's own parser, where a JVM that is new enough and Maven are: one process for all statements. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { tempFolder } from './engines.ts'

/** What version 483 of the parser is compiled for. */
const JAVA = 25

const CACHE = path.resolve('node_modules/.cache/trino-parser-483')

export interface Unparsed {
  readonly name: string
  /** As Trino says it, with line and column of the statement. */
  readonly message: string
}

/** Jars of the parser and a program that calls it, or why there is none. */
export function trinoParser(): { readonly parse: typeof parsed } | { readonly missing: string } {
  const java = newestJava()
  if (java === undefined) return { missing: `no JVM of version ${JAVA} or later` }
  const fault = existsSync(CACHE) ? undefined : downloaded()
  if (fault !== undefined) return { missing: fault }
  return { parse: (statements) => parsed(statements, java) }
}

/** @returns those that are no statements of Trino */
function parsed(statements: ReadonlyMap<string, string>, java = newestJava() ?? 'java'): Unparsed[] {
  const dir = tempFolder()
  const names = new Map<string, string>()
  for (const [name, text] of statements) {
    const file = path.join(dir, `${names.size}.sql`)
    writeFileSync(file, text)
    names.set(file, name)
  }
  const list = path.join(dir, 'statements')
  writeFileSync(list, [...names.keys()].join('\n'))
  const program = path.resolve('test/support/trino/ParseStatements.java')
  const out = execFileSync(java, ['-cp', path.join(CACHE, '*'), program, list], { encoding: 'utf8' })
  const lines = out.trimEnd().split('\n')
  if (lines.pop() !== 'parsed') throw new Error(`the parser has not come to an end:\n${out}`)
  return lines.map((line) => {
    const [file = '', at, column, message] = line.split('\t')
    return { name: names.get(file) ?? file, message: `${at}:${column} ${message}` }
  })
}

/** The first of the usual places with a JVM that is new enough. */
function newestJava(): string | undefined {
  const folder = '/usr/lib/jvm'
  const homes = [
    process.env['JAVA_HOME'],
    ...(existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : []),
  ]
  const candidates = ['java', ...homes.flatMap((home) => (home ? [path.join(home, 'bin', 'java')] : []))]
  return candidates.find((java) => {
    const { stderr, error } = spawnSync(java, ['-version'], { encoding: 'utf8' })
    return error === undefined && Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0) >= JAVA
  })
}

/** @returns why the jars cannot be had */
function downloaded(): string | undefined {
  const to = `${CACHE}.${process.pid}`
  mkdirSync(path.dirname(CACHE), { recursive: true })
  const args = ['-q', '-B', '-f', path.resolve('test/support/trino/pom.xml'), 'dependency:copy-dependencies']
  const { status, stdout, stderr, error } = spawnSync(
    'mvn',
    [...args, '-DincludeScope=runtime', `-DoutputDirectory=${to}`],
    { encoding: 'utf8', timeout: 240_000 },
  )
  if (error) return `no Maven (${error.message})`
  if (status !== 0)
    return `Maven gives no io.trino:trino-parser: ${(stdout + stderr).trim().split('\n')[0] ?? ''}`
  // Another process may have been faster.
  if (!existsSync(CACHE)) renameSync(to, CACHE)
  return undefined
}
