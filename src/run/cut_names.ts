/** Names of columns that an engine cuts: it has room for so many bytes, and leaves out the rest without a word. */
import { engineOf } from '../engines/index.ts'
import type { Source, Catalog } from '../graph/catalog.ts'
import { listed, type Problem } from '../problems.ts'

/**
 * The name that the engine makes of a name, wherever it is written.
 * @param room in bytes; undefined for all of it
 */
export function cutName(name: string, room: number | undefined): string {
  if (room === undefined || Buffer.byteLength(name) <= room) return name
  const bytes = Buffer.from(name)
  let end = room
  // A character is cut off whole.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}

/** Columns of files that would be one column of the table that they are loaded into. */
export function columnsInOne(source: Source, catalog: Catalog, names: readonly string[]): Problem[] {
  const { longestName, title } = engineOf(catalog.project)
  const byCut = new Map<string, string[]>()
  for (const name of names) {
    const cut = cutName(name, longestName)
    byCut.set(cut, [...(byCut.get(cut) ?? []), name])
  }
  return [...byCut.values()]
    .filter((same) => same.length > 1)
    .map((same) => ({
      code: 'unreadable_file' as const,
      message: `Source \`${source.name}\` has columns that ${title}, which has room for ${longestName} bytes of a name, cannot tell apart: ${listed(same)}.`,
      at: catalog.project.locate([...source.path, 'file']),
      hint: 'Give them names in the file that differ sooner. Nothing has been loaded from it.',
    }))
}
