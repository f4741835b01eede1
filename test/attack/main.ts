/** `npm run attack [-- SECTION…]`: the table of attacks. */
import { fork, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '../support/postgres.ts'
import { KINDS, SECTIONS, type Section } from './attacks.ts'
import type { Options } from './options.ts'
import { merged, type Row } from './rows.ts'
import { printed } from './table.ts'
import type { Engine } from './targets.ts'

const USAGE = `Usage: npm run attack [-- SECTION… --engine ENGINE --every N --turns --seed S --workers N --patience MS]

Attacks builds of a small project and prints a table: what readers saw torn, what was said that is not so,
and after what the next plain build did not succeed by itself. Without arguments it attacks at every statement.

  SECTION          ${SECTIONS.map((section) => `'${section}'`).join(', ')}; default: all
  --engine ENGINE  duckdb or postgres; default: both
  --every N        at one of N statements, which a seed chooses; default: 1
  --turns          the kinds of attacks take turns: one of them at each statement, not all
  --seed S         default: 1
  --workers N      processes side by side; default: 2
  --patience MS    how long the end may take after a signal; default: 2000

Ctrl-C prints the table as far as it is. Exit codes: 0 all holds, 1 something does not, 2 wrong usage.

Attacks at a statement:
${Object.entries(KINDS)
  .map(([kind, text]) => `  ${kind.padEnd(24)} ${text}`)
  .join('\n')}`

interface Given {
  readonly options: Options
  readonly workers: number
}

/** @returns a sentence where it makes no sense */
function given(): Given | string {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      engine: { type: 'string' },
      every: { type: 'string', default: '1' },
      turns: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      workers: { type: 'string', default: '2' },
      patience: { type: 'string', default: '2000' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return ''
  const isSection = (name: string): name is Section => (SECTIONS as readonly string[]).includes(name)
  const wrong = positionals.find((name) => !isSection(name))
  if (wrong !== undefined) return `There is no section \`${wrong}\`.`
  const { engine } = values
  if (engine !== undefined && engine !== 'duckdb' && engine !== 'postgres')
    return `There is no engine \`${engine}\`.`
  const [every = 0, seed = 0, workers = 0, patience = 0] = (
    ['every', 'seed', 'workers', 'patience'] as const
  ).map((name) => Number(values[name]))
  if (![every, seed, workers, patience].every((n) => Number.isSafeInteger(n)) || every < 1 || workers < 1)
    return '--every, --seed, --workers and --patience take whole numbers.'
  const sections = positionals.length === 0 ? SECTIONS : positionals.filter(isSection)
  const engines: readonly Engine[] = engine === undefined ? ['duckdb', 'postgres'] : [engine]
  return {
    workers,
    options: { sections, engines, every, inTurns: values.turns, seed, patience, isWarm: true },
  }
}

async function main(): Promise<number> {
  let asked: Given | string
  try {
    asked = given()
  } catch (error) {
    asked = error instanceof Error ? error.message : String(error)
  }
  if (typeof asked === 'string') {
    if (asked === '') console.log(USAGE)
    else console.error(`${asked}\n\n${USAGE}`)
    return asked === '' ? 0 : 2
  }
  const { options, workers } = asked
  // What is attacked is the command line as users start it.
  execFileSync(process.execPath, ['scripts/bundle.mjs'], { cwd: path.resolve(import.meta.dirname, '../..') })
  const start = Date.now()
  const parts: (readonly Row[])[] = Array.from({ length: workers }, () => [])
  const table = () => {
    const rows = merged(parts)
    console.log(printed(rows, options, Math.round((Date.now() - start) / 1000)))
    return rows.some(({ faults }) => faults.length > 0) ? 1 : 0
  }
  // Whoever does not want to wait has what there is; the server goes afterwards.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      table()
      process.exit(130)
    })
  const server = await startPostgres()
  try {
    const { adminUrl, prefix } = server
    await Promise.all(
      parts.map((_, index) =>
        apart(
          { server: { adminUrl, prefix }, options: { ...options, part: { index, of: workers } } },
          (rows) => {
            const before = attacks(parts)
            parts[index] = rows
            if (attacks(parts) > before) console.log(`${attacks(parts)} attacks so far`)
          },
        ),
      ),
    )
    return table()
  } finally {
    await server.stop()
  }
}

const attacks = (parts: readonly (readonly Row[])[]): number =>
  parts.flat().reduce((sum, { tried }) => sum + tried, 0)

/** In a process of its own; what it finds wrong is told at once. */
async function apart(work: object, soFar: (rows: readonly Row[]) => void): Promise<void> {
  const child = fork(path.join(import.meta.dirname, 'worker.ts'), [JSON.stringify(work)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  process.on('exit', () => void child.kill())
  child.on('message', (message) => soFar(message as Row[]))
  // Its last message may come after its end.
  const [[code]] = (await Promise.all([once(child, 'exit'), once(child, 'disconnect')])) as [
    [number | null],
    unknown,
  ]
  if (code !== 0) throw new Error(`a worker ended with exit code ${code}`)
}

process.exitCode = await main()
