/** What must hold after an attack on a build of one version over another. */
import { isWhole } from './readers.ts'
import type { Stopped } from './stops.ts'

export interface Fault {
  /** torn: a reader sees parts of two builds. untrue: what is said is not so. hand: somebody has to do something. */
  readonly is: 'torn' | 'untrue' | 'hand'
  readonly text: string
}

/** What is killed says nothing any more. */
const isKilled = ({ kind }: Stopped) => kind.startsWith('SIGKILL')
const CODES: Partial<Record<Stopped['kind'], number>> = { SIGINT: 130, SIGTERM: 143 }
/** Milliseconds that the end may take after a signal. */
export const PATIENCE = 2000

export function faultsOf(stopped: Stopped, before: number, next: number, patience = PATIENCE): Fault[] {
  const { kind, at, statement, code, took, told, versions, seen, text } = stopped
  const place = `${kind} at statement ${at} (${statement.replaceAll(/\s+/g, ' ').slice(0, 60)})`
  const faults: Fault[] = []
  const add = (is: Fault['is'], fault: string) => faults.push({ is, text: `${place}: ${fault}\n${text}` })
  const [found] = versions
  const known = [before, next]
  if (!isWhole(versions)) add('torn', `torn: ${versions.join(', ')}`)
  for (const read of seen.torn) add('torn', `torn for a reader: ${read.join(', ')}`)
  for (const version of [...new Set([...seen.whole, found ?? 0])])
    if (!known.includes(version)) add('torn', `version ${version} is neither ${known.join(' nor ')}`)

  if (told === 'published' && found !== next) add('untrue', 'said to be published, and is not')
  if (told === 'not published' && found !== before) add('untrue', 'said not to be published, and is')
  if (told === 'unknown' && kind !== 'gone after') add('untrue', 'said not to be known, and could be')
  if (/fault in gwh|\n +at .*\.js:/.test(text)) add('untrue', 'told as a fault of gwh')
  if (!isKilled(stopped)) {
    if (told === 'nothing' && !isRefusedAtOnce(stopped)) add('untrue', 'nothing is said about publishing')
    if (told === 'nothing' && found !== before) add('untrue', 'ends with a problem, and has published')
    const expected = CODES[kind]
    const isRight = expected === undefined ? isCodeOf(told, code) : code === expected || code === 0
    if (!isRight) add('untrue', `exit code ${code}`)
    // A signal that comes when everything is over may come too late to be seen.
    if (expected !== undefined && code === 0 && told !== 'published') add('untrue', `exit code ${code}`)
    if (expected !== undefined && took > patience) add('hand', `${took} ms to the end`)
  }
  if (stopped.hung) add('hand', 'it does not come to an end')
  return faults
}

/** A problem before anything was done: nobody expects that it has published. */
const isRefusedAtOnce = ({ code, text }: Stopped): boolean => code === 2 && !/^ +[✓✗] /m.test(text)

const isCodeOf = (told: Stopped['told'], code: number | null): boolean =>
  told === 'published' ? code === 0 : code === 1 || code === 2
