/**
 * Writes what follows from the code: the JSON Schemas for editors and the generated parts of docs/.
 * With --check nothing is written, and the exit code is 1 when a file is out of date. It is 2 when the sample
 * project or a page is not as it has to be.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ProblemError } from '../src/problems.ts'
import { generatedFiles, ROOT } from './generate/files.ts'

async function generate(check: boolean): Promise<number> {
  const stale: string[] = []
  for (const [file, text] of await generatedFiles()) {
    const full = path.join(ROOT, file)
    if (existsSync(full) && readFileSync(full, 'utf8') === text) continue
    stale.push(file)
    if (check) continue
    mkdirSync(path.dirname(full), { recursive: true })
    writeFileSync(full, text)
  }
  if (stale.length === 0) console.log('Everything is up to date.')
  else console.log(`${check ? 'Out of date' : 'Wrote'}: ${stale.join(', ')}`)
  return check && stale.length > 0 ? 1 : 0
}

try {
  process.exitCode = await generate(process.argv.includes('--check'))
} catch (error) {
  if (!(error instanceof ProblemError)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
