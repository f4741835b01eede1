/** Files that cannot be opened, or would be waited for without end, are told of with their place. */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ProblemError } from '../src/problems.ts'
import { refused } from '../src/run/refusals.ts'
import { build, GOOD, problems, writeProject } from './support/projects.ts'

test('a pipe in place of a file', async () => {
  const dir = writeProject(GOOD)
  rmSync(path.join(dir, 'events.csv'))
  execFileSync('mkfifo', [path.join(dir, 'events.csv')])
  expect(await problems(dir, () => build(dir))).toContain(
    '`events.csv` is a pipe, a socket or a device, and no file.',
  )
})

// who may read everything is refused nothing
test.skipIf(process.getuid?.() === 0)('a file that may not be read', async () => {
  const dir = writeProject(GOOD)
  execFileSync('chmod', ['000', path.join(dir, 'events.csv')])
  expect(await problems(dir, () => build(dir))).toContain('`events.csv` may not be read.')
})

test('what the operating system forbids elsewhere', () => {
  const error = Object.assign(new Error("EACCES: permission denied, scandir 'models'"), {
    code: 'EACCES',
    syscall: 'scandir',
    path: 'models',
  })
  const told = refused(error)
  expect(told).toBeInstanceOf(ProblemError)
  expect((told as ProblemError).message).toContain('`models` may not be read or written.')
})
