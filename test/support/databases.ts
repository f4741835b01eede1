/** Databases of their own for tests that write to PostgreSQL, on the one server that global-setup.ts started. */
import { inject } from 'vitest'
import { makeDatabase } from './postgres-url.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgresAdminUrl: string
    postgresPrefix: string
    tempFolder: string
  }
}

/** The URL of a new, empty database. */
export function freshPostgres(): Promise<string> {
  return makeDatabase(inject('postgresAdminUrl'), inject('postgresPrefix'))
}
