/** Names as an engine keeps them: it has room for so many bytes, and leaves out the rest without a word. */
import type { Engine } from './engine.ts'

/** The name that an engine makes of a name, wherever it is written. A character is cut off whole. */
export function keptName(name: string, { longestName }: Pick<Engine, 'longestName'>): string {
  if (longestName === undefined || Buffer.byteLength(name) <= longestName) return name
  const bytes = Buffer.from(name)
  let end = longestName
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}

/** Names that an engine cannot tell apart, together: it keeps the same of all of them. */
export function namesKeptAlike(names: readonly string[], engine: Pick<Engine, 'longestName'>): string[][] {
  const byKept = new Map<string, string[]>()
  for (const name of names) {
    const kept = keptName(name, engine)
    byKept.set(kept, [...(byKept.get(kept) ?? []), name])
  }
  return [...byKept.values()].filter((same) => same.length > 1)
}
