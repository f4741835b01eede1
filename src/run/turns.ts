/** Long work without a wait in it, cut into turns: between two of them a signal is heard. */
import { setImmediate } from 'node:timers/promises'
import { Interrupted } from '../engines/index.ts'

/** Milliseconds of one turn. */
const TURN = 50

/**
 * @param work yields wherever it may be stopped
 * @throws Interrupted
 */
export async function inTurns<T>(work: Iterator<void, T>, signal: AbortSignal | undefined): Promise<T> {
  let began = performance.now()
  for (let step = work.next(); ; step = work.next()) {
    if (step.done) return step.value
    if (performance.now() - began < TURN) continue
    await setImmediate()
    if (signal?.aborted) throw new Interrupted()
    began = performance.now()
  }
}
