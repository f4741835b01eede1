/** `npm run bench -- NAME`: measurements as ratios within one run. They judge nothing; they print. */
import { compile } from './compile.ts'
import { entrance } from './entrance.ts'
import { operations } from './operations.ts'
import { reports } from './reports.ts'
import { sizes } from './sizes.ts'
import { startup } from './startup.ts'
import { tests } from './tests.ts'

const BENCHES: Readonly<Record<string, (args: readonly string[]) => void | Promise<void>>> = {
  compile,
  entrance,
  operations,
  reports,
  sizes,
  startup,
  tests,
}

const [name = '', ...args] = process.argv.slice(2)
const bench = BENCHES[name]
if (bench) {
  await bench(args)
} else {
  console.error(`Usage: npm run bench -- NAME\nThe benches are: ${Object.keys(BENCHES).join(', ')}`)
  process.exitCode = 2
}
