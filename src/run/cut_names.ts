/** Names of columns that PostgreSQL cuts: it has room for 63 bytes, and leaves out the rest without a word. */
import type { Source, Catalog } from '../graph/catalog.ts'
import { listed, type Problem } from '../problems.ts'

const ROOM = 63

/** The name that the server makes of a name, wherever it is written. */
export function cutName(name: string): string {
  if (Buffer.byteLength(name) <= ROOM) return name
  const bytes = Buffer.from(name)
  let end = ROOM
  // A character is cut off whole.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}

/** Columns of files that would be one column of the table that they are loaded into. */
export function columnsInOne(source: Source, catalog: Catalog, names: readonly string[]): Problem[] {
  const byCut = new Map<string, string[]>()
  for (const name of names) byCut.set(cutName(name), [...(byCut.get(cutName(name)) ?? []), name])
  return [...byCut.values()]
    .filter((same) => same.length > 1)
    .map((same) => ({
      code: 'unreadable_file' as const,
      message: `Source \`${source.name}\` has columns that PostgreSQL, which has room for ${ROOM} bytes of a name, cannot tell apart: ${listed(same)}.`,
      at: catalog.project.locate([...source.path, 'file']),
      hint: 'Give them names in the file that differ sooner. Nothing has been loaded from it.',
    }))
}
