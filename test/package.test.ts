/** What the package asks of who installs it. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const read = (file: string) => readFileSync(path.join(import.meta.dirname, '..', file), 'utf8')

interface Package {
  readonly files: readonly string[]
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>
}
const given = JSON.parse(read('package.json')) as Package

test('npm runs nothing of it, and so has nothing to warn of', () => {
  const run = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare']
  expect(Object.keys(given.scripts).filter((name) => run.includes(name))).toEqual([])
})

test('drivers other than that of DuckDB are for those to install who need them', () => {
  expect(Object.keys(given.dependencies)).toContain('@duckdb/node-api')
  expect(Object.keys(given.peerDependencies)).toEqual(['pg'])
  for (const name of Object.keys(given.peerDependencies))
    expect(given.peerDependenciesMeta[name]?.optional).toBe(true)
})

test('what stays outside of the bundle is installed with it, or is such a driver', () => {
  const outside = /external: \[(.*)\]/.exec(read('scripts/bundle.mjs'))?.[1] ?? ''
  const names = [...outside.matchAll(/'([^']+)'/g)].map(([, name]) => name ?? '')
  expect(names.length).toBeGreaterThan(0)
  expect(Object.keys({ ...given.dependencies, ...given.peerDependencies })).toEqual(
    expect.arrayContaining(names),
  )
})

test('it ships the schemas', () => {
  expect(given.files).toContain('schemas')
})
