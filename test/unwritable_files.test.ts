/** What cannot be written of gwh's own files: a problem before a run, a note after it, and never a fault of gwh. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { gwh, DIST } from './support/cli.ts'
import { GOOD, writeProject } from './support/projects.ts'

/** A disk of its own in the place of a folder; false where the machine does not give one. */
function mounted(folder: string, options: string): boolean {
  mkdirSync(folder, { recursive: true })
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  if (status === 0) onTestFinished(() => void spawnSync('umount', [folder]))
  return status === 0
}

const COMMANDS = ['build', 'compile', 'schema', 'clean'].map((command) => [command])

describe('a file in the place of target/', () => {
  test.each(COMMANDS)('%s', async (command) => {
    const dir = writeProject(GOOD)
    writeFileSync(path.join(dir, 'target'), 'mine\n')
    const { code, stdout, stderr } = await gwh(dir, [command])
    expect(code).toBe(2)
    expect(`${stdout}${stderr}`).not.toContain('fault in gwh')
    expect(stderr).toMatch(/^unreadable_file\n {2}`.*target.*` cannot be .*: .*file/m)
    expect(stderr).toContain('Move that file away; gwh makes the folder itself.')
    expect(readFileSync(path.join(dir, 'target'), 'utf8')).toBe('mine\n')
  })
})

describe('target/ on a disk', () => {
  test.each(COMMANDS.slice(1, 3))('that is read-only: %s', async (command) => {
    const dir = writeProject(GOOD)
    if (!mounted(path.join(dir, 'target'), 'ro')) return
    const { code, stderr } = await gwh(dir, [command])
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /^unreadable_file\n {2}`.*target.*` cannot be written: the file system is read-only\.$/m,
    )
  })

  test('that is full', async () => {
    const dir = writeProject(GOOD)
    if (!mounted(path.join(dir, 'target'), 'size=8k')) return
    const { code, stderr } = await gwh(dir, ['compile'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^out_of_space\n {2}`.*\/target\/.*` cannot be written: the disk is full\.$/m)
    expect(stderr).not.toContain('.tmp`')
  })
})

describe('after what was published', () => {
  test('the record of the run is a note', async () => {
    const dir = writeProject(GOOD)
    mkdirSync(path.join(dir, 'target/run_results.json'), { recursive: true })
    const { code, stdout, stderr } = await gwh(dir, ['build'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^Published \d+ relations/m)
    expect(stdout).toMatch(
      /^The record of this run is not kept: `.*\/target\/run_results\.json` cannot be written: a folder is in its place\. Move that folder away\.$/m,
    )
    const { stdout: events } = await gwh(dir, ['build', '--log-format', 'json'])
    const said = events
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { code?: string; msg?: string })
    expect(JSON.stringify(said)).toContain('The record of this run is not kept')
    expect(JSON.stringify(said)).toContain('"published":true')
  })

  test('and so is a JUnit report', async () => {
    const dir = writeProject(GOOD)
    if (!mounted(path.join(dir, 'reports'), 'size=4k')) return
    const { code, stdout, stderr } = await gwh(dir, ['build', '--junit', 'reports/junit.xml'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Published \d+ relations/m)
    expect(stderr).toMatch(
      /^The JUnit report is not kept: `.*\/reports\/junit\.xml` cannot be written: the disk is full\. Make room on the disk\.$/m,
    )
  })
})

test('where a run ends with a problem, that its record cannot be kept is told beside it', async () => {
  const dir = writeProject({ ...GOOD, 'events.csv': 'wrong\n1\n' })
  mkdirSync(path.join(dir, 'target/run_results.json'), { recursive: true })
  const { code, stderr } = await gwh(dir, ['build'])
  expect(code).toBe(2)
  expect(stderr).toContain('missing_column')
  expect(stderr).not.toContain('fault in gwh')
})

test.skipIf(!existsSync('/dev/full'))('what is printed', () => {
  const dir = writeProject(GOOD)
  const shell = `"${process.execPath}" "${path.join(DIST, 'cli.js')}" ls > /dev/full`
  const { status, stderr } = spawnSync('sh', ['-c', shell], {
    cwd: dir,
    env: { PATH: process.env['PATH'], NO_COLOR: '1' },
    encoding: 'utf8',
  })
  expect(status).toBe(2)
  expect(stderr).toContain('What gwh prints cannot be written: the disk is full.')
  expect(stderr).not.toContain('fault in gwh')
})
