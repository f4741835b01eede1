/** What the operating system refuses of files and folders: the user's to put right, and no fault of gwh. */
import { ProblemError, type Problem } from '../problems.ts'

type SystemError = NodeJS.ErrnoException & { readonly code: string }

/** What is so, and what gets out of it, by the code of the operating system. */
const REASONS: Readonly<Record<string, readonly [reason: string, fix: string]>> = {
  ENOSPC: ['the disk is full', 'Make room on the disk.'],
  EDQUOT: ['the quota of the disk is used up', 'Make room on the disk, or have the quota raised.'],
  EROFS: [
    'the file system is read-only',
    'Run gwh where the folder of the project can be written, or mount a folder that can at `target/`.',
  ],
  ENOTDIR: [
    'a part of its path is a file and no folder',
    'Move that file away; gwh makes the folder itself.',
  ],
  EEXIST: ['a file is in the place of a folder', 'Move that file away; gwh makes the folder itself.'],
  EISDIR: ['a folder is in its place', 'Move that folder away.'],
  ENOENT: [
    'it was there, or its folder was, and is gone',
    'Keep other processes out of that folder, and run it again.',
  ],
  ENOTEMPTY: [
    'others are writing into that folder',
    'Keep other processes out of that folder, and run it again.',
  ],
  ENAMETOOLONG: [
    'the name is too long for the file system',
    'Give it a shorter name, or the project a shorter path.',
  ],
  EMFILE: ['too many files are open', 'Raise the limit of open files (`ulimit -n`).'],
  ENFILE: ['too many files are open', 'Raise the limit of open files of the system.'],
  EIO: ['the disk does not answer as it should', 'Check the disk, or the share that it is on.'],
  EBUSY: ['another process holds it', 'End that process, and run it again.'],
  ELOOP: ['its links lead in a circle', 'Remove one of the links.'],
}

const FORBIDDEN = ['EACCES', 'EPERM']

/** Names of calls that change something, as Node reports them. */
const WRITING = /^(write|mkdir|mkdtemp|rename|unlink|rmdir|rm|copyfile|ftruncate|fsync|chmod)$/

/** @returns undefined where it is none of that kind */
export function fileRefusal(error: unknown): Problem | undefined {
  if (!isSystemError(error)) return undefined
  const { code, path: file, syscall = '' } = error
  // What is written to the way out has no name.
  const what = file === undefined ? 'What gwh prints' : `\`${file}\``
  if (FORBIDDEN.includes(code))
    return {
      code: 'unreadable_file',
      message: `${what} may not be read or written.`,
      cause: error.message,
      fix: 'Give the user who runs gwh the right to it and to the folders above (`chmod`, `chown`).',
    }
  const known = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined
  if (known === undefined) return undefined
  const [reason, fix] = known
  const act = WRITING.test(syscall) ? 'be written' : 'be read or written'
  return {
    code: code === 'ENOSPC' || code === 'EDQUOT' ? 'out_of_space' : 'unreadable_file',
    message: `${what} cannot ${act}: ${reason}.`,
    cause: error.message,
    fix,
  }
}

/**
 * Does what is no part of the run itself, such as keeping a record of it.
 * @returns what kept it from being done, for whoever tells of the run
 */
export function refusalOf(work: () => void): Problem | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    const problem = error instanceof ProblemError ? error.problems[0] : fileRefusal(error)
    if (problem === undefined) throw error
    return problem
  }
}

/** Of files and what is printed; not of connections, whose calls are others. */
const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  'syscall' in error &&
  !/^(connect|getaddrinfo|listen|bind|accept|spawn|kill)/.test(String(error.syscall))
