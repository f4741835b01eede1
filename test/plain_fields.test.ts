/** What a target says in plain view is shown: its own words would be hidden in all SQL else. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { compile, load } from '../src/gwh.ts'
import { secretAt } from '../src/project/secret_fields.ts'
import { targetSchema } from '../src/engines/targets.ts'
import { goodBut, problemsOf, writeProject } from './support/projects.ts'

const fields = new Set(targetSchema.options.flatMap((type) => Object.keys(type.shape)))

test.each([...fields].filter((field) => field !== 'url'))('a target shows its %s', (field) => {
  expect(secretAt(['targets', 'pg', field])).toBeUndefined()
})

test('and hides its URL, what it has no field for, and secrets below other fields', () => {
  expect(secretAt(['targets', 'pg', 'url'])).toBe('url')
  expect(secretAt(['targets', 'pg', 'kennwort'])).toBe('whole')
  expect(secretAt(['targets', 'pg', 'grants', 'password', 0])).toBe('whole')
})

const PG = "{ type: postgres, url: '${GWH_POSTGRES_URL}' }"
const target = (more: string) =>
  goodBut({ 'target: dev': 'target: pg', [PG]: `{ type: postgres, url: 'postgresql:///x', ${more} }` })

test('a role is not hidden in SQL that has the same word', () => {
  const dir = writeProject(target('grants: { select: [company] }'))
  compile(load(dir, { env: {} }))
  const text = readFileSync(path.join(dir, 'target/compiled/models/company_profiles.sql'), 'utf8')
  expect(text).toContain('company_id')
  expect(text).not.toContain('*****')
})

test('a setting is shown where something is wrong beside it', async () => {
  expect(await problemsOf(target('publish_wait: 1234, schema: 7x'))).toContain(
    'publish_wait: 1234, schema: 7x',
  )
})
