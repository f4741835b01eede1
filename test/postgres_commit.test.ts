/** How long COMMIT is waited for where no answer comes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { watchedCommit, type TransactionState } from '../src/engines/postgres/commit.ts'
import { SessionLost } from '../src/engines/warehouse.ts'

const never = new Promise<never>(() => undefined)
const QUICK = { silence: 0.05, grace: 0.02 }

/** Answers in turn, the last one again and again; a text is what the server refuses with. */
const asking = (...answers: (TransactionState | Error)[]) => {
  const told: string[] = []
  const ask = () => {
    const next = answers.length > 1 ? answers.shift() : answers[0]
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next)
  }
  return { ask, told, tell: (text: string) => void told.push(text), ...QUICK }
}

test('it is waited for as long as the server is at it', async () => {
  const watch = asking('in progress')
  expect(await watchedCommit(sleep(180, 'done'), watch)).toBe('done')
  expect(watch.told.length).toBeGreaterThanOrEqual(2)
  expect(watch.told[0]).toMatch(/^COMMIT is not answered after .* the server is still at it$/)
})

test.each(['committed', 'aborted', undefined] as const)(
  'it is lost where the transaction is %s',
  async (state) => {
    const lost = watchedCommit(never, asking('in progress', state))
    await expect(lost).rejects.toMatchObject({ name: 'SessionLost', hasEnded: true })
  },
)

test('an answer that comes after the end counts', async () => {
  expect(await watchedCommit(sleep(60, 'done'), { ...asking('committed'), grace: 5 })).toBe('done')
})

test('an error of its own is thrown as it is', async () => {
  await expect(watchedCommit(Promise.reject(new Error('no')), asking('in progress'))).rejects.toThrow('no')
})

test('a server that cannot be asked is asked again, three times in all', async () => {
  const refused = new Error('too many connections')
  expect(await watchedCommit(sleep(180, 'done'), asking(refused, refused, 'in progress'))).toBe('done')
  const lost = watchedCommit(never, asking(refused))
  await expect(lost).rejects.toThrow(SessionLost)
  await expect(lost).rejects.toThrow('cannot be asked: too many connections')
})
