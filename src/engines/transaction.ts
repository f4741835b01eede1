/** All or nothing, on any warehouse. */
import { CommitUnknown, SessionLost } from './warehouse.ts'

interface Session {
  execute(statement: string): Promise<unknown>
  /** Is on its way from now on: whoever stops the run waits for its answer. */
  commit(): Promise<unknown>
  rollBack(): Promise<unknown>
}

/**
 * Runs `work` in a transaction, which ends with its last statement or leaves nothing.
 * @throws CommitUnknown where the answer to COMMIT never came
 */
export async function inTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.execute('begin')
  try {
    const result = await work()
    await committed(session)
    return result
  } catch (error) {
    if (error instanceof CommitUnknown) throw error
    // COMMIT after an error reports success and rolls back, so it is never reached here.
    await session.rollBack().catch(() => undefined)
    throw error
  }
}

async function committed(session: Session): Promise<void> {
  try {
    await session.commit()
  } catch (error) {
    // An answer that refuses is an answer: the transaction is rolled back then.
    if (error instanceof SessionLost) throw new CommitUnknown(error)
    throw error
  }
}
