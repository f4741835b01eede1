import type { FileReader } from '../engines/file_reader.ts'
import { literal, sql } from '../sql/sql.ts'

/** The files that a name or glob stands for, in the order of their names. */
export async function filesMatching(pattern: string, reader: FileReader): Promise<string[]> {
  const found = await reader.query<{ file: string }>(
    sql`select file from glob(${literal(pattern)}) order by file`,
  )
  return found.map(({ file }) => file)
}
