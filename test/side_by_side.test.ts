/** Several processes in one folder at the same time. */
import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { gwh } from './support/cli.ts'
import { freshPostgres } from './support/databases.ts'
import { GOOD, goodBut, writeProject } from './support/projects.ts'

const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true }).map(String).sort()

test('write the SQL of all models at once', { timeout: 120_000 }, async () => {
  const dir = writeProject(GOOD)
  const compiled = path.join(dir, 'target/compiled')
  await gwh(dir, ['compile'])
  const alone = filesIn(compiled)
  expect(alone).toContain(path.join('models', 'events.sql'))
  writeFileSync(path.join(compiled, 'models/long_gone.sql'), 'select 1')
  for (let round = 0; round < 3; round++) {
    const said = await Promise.all(Array.from({ length: 6 }, () => gwh(dir, ['compile'])))
    expect(said.filter(({ code }) => code !== 0).map(({ stderr }) => stderr)).toEqual([])
  }
  expect(filesIn(compiled)).toEqual(alone)
})

test(
  'build into several databases at once, from files that are copied first',
  { timeout: 120_000 },
  async () => {
    const dir = writeProject(
      goodBut({ 'file: events.csv': 'file: events.csv\n    csv: { encoding: windows-1252 }' }),
    )
    const urls = await Promise.all([freshPostgres(), freshPostgres(), freshPostgres()])
    const said = await Promise.all(
      urls.map((url) => gwh(dir, ['build', '-t', 'pg'], { GWH_POSTGRES_URL: url })),
    )
    expect(said.map(({ code, stdout, stderr }) => (code === 0 ? '' : stdout + stderr))).toEqual(['', '', ''])
  },
)
