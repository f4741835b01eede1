/** All or nothing, on any warehouse. */

interface Session {
  execute(statement: string): Promise<unknown>
  rollBack(): Promise<unknown>
}

/** Runs `work` in a transaction, which ends with its last statement or leaves nothing. */
export async function inTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.execute('begin')
  try {
    const result = await work()
    await session.execute('commit')
    return result
  } catch (error) {
    // COMMIT after an error reports success and rolls back, so it is never reached here.
    await session.rollBack().catch(() => undefined)
    throw error
  }
}
