/** Ctrl-C and SIGTERM: the work is told to stop, and the process ends soon after, whatever happens. */
import { Interrupted } from '../engines/warehouse.ts'
import { ProblemError, type Problem } from '../problems.ts'
import type { GlobalOptions } from './options.ts'
import { say } from './door.ts'
import { reportError } from './errors.ts'
import { createLog } from './log.ts'

export interface Stop {
  /**
   * Is called before something is opened. Until then a signal ends the process at once: what only reads and plans
   * would not hear of it before it is done.
   * @returns what ends that work
   */
  readonly listen: () => AbortSignal
  /** Is called where the work has not ended in time. @returns what is true then */
  onOverdue: () => Problem | undefined
}

const CODES = { SIGINT: 130, SIGTERM: 143 } as const

/** Milliseconds that the work has to come to an end, so that CI servers do not have to kill it. */
const PATIENCE = 1600

/**
 * @param work that ends with `Interrupted` when it is stopped
 * @returns its exit code; after a signal 128 and the number of the signal
 */
export async function interruptible(
  options: GlobalOptions,
  work: (stop: Stop) => Promise<number>,
): Promise<number> {
  const controller = new AbortController()
  const log = createLog(options)
  let code: number | undefined
  const end = (exitCode: number): never => {
    try {
      const problem = stop.onOverdue()
      if (problem) reportError(new ProblemError(problem), options)
    } finally {
      process.exit(exitCode)
    }
  }
  const handle = (signal: keyof typeof CODES) => {
    const handler = () => {
      // Whoever asks twice does not want to wait.
      if (code !== undefined) end(code)
      code = CODES[signal]
      if (log.json) log.event('stopping', 'Stopping …', {}, 'warn')
      else say('\nStopping …', process.stderr)
      controller.abort()
      const exitCode = code
      setTimeout(() => end(exitCode), PATIENCE).unref()
    }
    process.on(signal, handler)
    return () => process.off(signal, handler)
  }
  let removers: (() => void)[] | undefined
  const stop: Stop = {
    listen: () => {
      removers ??= [handle('SIGINT'), handle('SIGTERM')]
      return controller.signal
    },
    onOverdue: () => undefined,
  }
  // The first process of a container is not ended by signals that it does not handle.
  if (process.pid === 1) stop.listen()
  try {
    const exitCode = await work(stop)
    return code ?? exitCode
  } catch (error) {
    if (code === undefined) throw error
    if (!(error instanceof Interrupted)) reportError(error, options)
    return code
  } finally {
    for (const remove of removers ?? []) remove()
  }
}
