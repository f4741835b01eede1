/** All or nothing, and the moment from which on nobody can stop it any more: on every warehouse the same. */
import { CommitUnknown, Interrupted, SessionLost } from './warehouse.ts'

/** What a warehouse does for it. */
export interface Session {
  /** @throws Interrupted where the run was stopped */
  execute(statement: string): Promise<unknown>
  /** What has to be known to ask for the outcome of COMMIT later. */
  beforeCommit?(): Promise<void>
  /**
   * Sends COMMIT, and nothing else.
   * @throws SessionLost where no answer came; WarehouseError where the answer was that it is rolled back
   */
  commit(): Promise<unknown>
  rollBack(): Promise<unknown>
  /** Ends the statement that runs. */
  interrupt(): Promise<unknown>
}

/** The transactions of a session that a signal stops. */
export class Transactions {
  readonly #session: Session
  readonly #signal: AbortSignal | undefined
  #isCommitting = false

  constructor(session: Session, signal: AbortSignal | undefined) {
    this.#session = session
    this.#signal = signal
    signal?.addEventListener('abort', this.#stop)
  }

  /** COMMIT was sent, and is not answered yet. */
  get isCommitting(): boolean {
    return this.#isCommitting
  }

  /**
   * Runs `work` in a transaction, which ends with its last statement or leaves nothing.
   * @throws CommitUnknown where the answer to COMMIT never came
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const session = this.#session
    await session.execute('begin')
    try {
      const result = await work()
      await session.beforeCommit?.()
      await this.#commit()
      return result
    } catch (error) {
      if (error instanceof CommitUnknown) throw error
      // COMMIT after an error reports success and rolls back, so it is never reached here.
      await session.rollBack().catch(() => undefined)
      throw error
    }
  }

  /** From now on nothing is stopped. */
  close(): void {
    this.#signal?.removeEventListener('abort', this.#stop)
  }

  async #commit(): Promise<void> {
    // Nothing may come between this look and the sending: whoever stops the run later waits for the answer.
    if (this.#signal?.aborted) throw new Interrupted()
    this.#isCommitting = true
    try {
      await this.#session.commit()
    } catch (error) {
      // An answer that refuses is an answer: the transaction is rolled back then.
      if (error instanceof SessionLost) throw new CommitUnknown(error)
      throw error
    } finally {
      this.#isCommitting = false
    }
  }

  readonly #stop = () => {
    if (!this.#isCommitting) void this.#session.interrupt().catch(() => undefined)
  }
}
