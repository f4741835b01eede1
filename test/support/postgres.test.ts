/** The test server itself: what every test on PostgreSQL takes for granted. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, inject, it } from 'vitest'
import { freshPostgres } from './databases.ts'
import { withClient, withParts } from './postgres-url.ts'

const ours = !process.env['GWH_TEST_PG_URL']

describe('the test server', () => {
  it('answers, and is version 15 or newer', async () => {
    const answer = await withClient(await freshPostgres(), async (client) => {
      const { rows } = await client.query<{ one: number; version: string }>(
        `select 1 as one, current_setting('server_version_num') as version`,
      )
      return rows[0]
    })
    expect(answer?.one).toBe(1)
    expect(Number(answer?.version)).toBeGreaterThanOrEqual(150000)
  })

  it('gives independent databases', async () => {
    const [first, second] = await Promise.all([freshPostgres(), freshPostgres()])
    expect(first).not.toBe(second)
    await withClient(first, (client) => client.query('create table only_here (n int)'))
    const count = `select count(*)::int as n from pg_tables where schemaname = 'public'`
    expect((await withClient(first, (client) => client.query(count))).rows).toEqual([{ n: 1 }])
    expect((await withClient(second, (client) => client.query(count))).rows).toEqual([{ n: 0 }])
  })

  // A given server has rules of its own about passwords and no user `locked`.
  it.runIf(ours)('refuses the user `locked` without the right password', async () => {
    const url = inject('postgresAdminUrl')
    const ask = (password: string) =>
      withClient(withParts(url, { user: 'locked', password }), (client) => client.query('select 1 as one'))
    await expect(ask('wrong')).rejects.toMatchObject({ code: '28P01' })
    expect((await ask('right')).rows).toEqual([{ one: 1 }])
  })

  it.runIf(ours).each(['SIGINT', 'SIGTERM', 'exit'] as const)('leaves nothing behind at %s', async (end) => {
    const module = JSON.stringify(path.join(import.meta.dirname, 'postgres.ts'))
    const script = `
      import { startPostgres } from ${module}
      console.log((await startPostgres()).adminUrl)
      setInterval(() => {}, 1000)
      process.stdin.once('data', () => process.exit(0))`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const folder = new URL(line).searchParams.get('host') ?? ''
    expect(existsSync(path.join(folder, 'data'))).toBe(true)

    const gone = once(child, 'exit')
    if (end === 'exit') child.stdin.write('\n')
    else child.kill(end)
    expect(await gone).toEqual(end === 'exit' ? [0, null] : [null, end])
    expect(existsSync(folder)).toBe(false)
  })
})
