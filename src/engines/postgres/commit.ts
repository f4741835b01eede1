/** COMMIT, and what the server says of it where no answer comes on a connection that lives. */
import { setTimeout as sleep } from 'node:timers/promises'
import { SessionLost } from '../warehouse.ts'

/** What became of a transaction, as `txid_status` says it. */
export type TransactionState = 'in progress' | 'committed' | 'aborted' | undefined

export interface CommitWatch {
  /** Asks on another connection. */
  readonly ask: () => Promise<TransactionState>
  /** Is told of each look after which COMMIT is waited for further. */
  readonly tell: (text: string) => void
  /** Seconds of silence before each look. */
  readonly silence?: number
  /** Seconds that an answer may still be on its way after the transaction has ended. */
  readonly grace?: number
}

const SILENCE = 30
const GRACE = 2
/** How often in a row the server may fail to answer before the connection is taken for lost. */
const FAILURES = 3

/**
 * A commit may take its time, as with a synchronous standby: as long as the server is at it, it is waited for. One that
 * has ended without an answer never gets one.
 * @throws SessionLost
 */
export async function watchedCommit<T>(commit: Promise<T>, watch: CommitWatch): Promise<T> {
  const { ask, tell, silence = SILENCE, grace = GRACE } = watch
  let [waited, failures] = [0, 0]
  // The watch may end first, and whoever started COMMIT is gone then.
  commit.catch(() => undefined)
  for (;;) {
    const answered = await within(commit, silence)
    if (answered) return answered.value
    waited += silence
    const state = await ask().catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    )
    if (state instanceof Error) {
      failures += 1
      if (failures >= FAILURES)
        throw new SessionLost(
          `no answer to COMMIT for ${waited} s, and the server cannot be asked: ${state.message}`,
        )
      continue
    }
    failures = 0
    if (state === 'in progress') {
      tell(`COMMIT is not answered after ${waited} s; the server is still at it`)
      continue
    }
    const late = await within(commit, grace)
    if (late) return late.value
    throw new SessionLost(`no answer to COMMIT for ${waited} s, though the transaction has ended`, {
      hasEnded: true,
    })
  }
}

/** Undefined where it takes longer. */
async function within<T>(work: Promise<T>, seconds: number): Promise<{ value: T } | undefined> {
  const timer = new AbortController()
  try {
    return await Promise.race([
      work.then((value) => ({ value })),
      sleep(1000 * seconds, undefined, { signal: timer.signal }),
    ])
  } finally {
    timer.abort()
  }
}
