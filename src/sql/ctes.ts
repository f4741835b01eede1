/** The common table expressions of a query, read from its text. */

export interface Cte {
  readonly name: string
  /** It is said to be computed once, however often it is read. */
  readonly once: boolean
  readonly body: string
}

export interface QueryParts {
  /** In the order in which they stand. */
  readonly ctes: readonly Cte[]
  /** What is left of the query when its `with` list is taken away. */
  readonly rest: string
}

/**
 * The `with` list at the beginning of a query, or of the one subquery that it selects from, and the rest of it; a query
 * without one has none.
 */
export function queryParts(text: string): QueryParts {
  const bare = withoutWords(text)
  const start = /^\s*with\s+/i.exec(bare)
  if (!start) return partsInside(text, bare)
  const ctes: Cte[] = []
  let at = start[0].length
  for (;;) {
    const head = /^\s*("(?:[^"]|"")*"|\w+)\s+as\s+(materialized\s+)?\(/i.exec(
      // The name is read from the text itself: names in quotes are blank in the other.
      text.slice(at).replace(/^(?:\s*--[^\n]*\n)+/, (lines) => ' '.repeat(lines.length)),
    )
    if (!head) return { ctes: [], rest: text }
    const [, name = '', mark] = head
    const from = at + head[0].length
    const to = closing(bare, from)
    ctes.push({ name, once: mark !== undefined, body: text.slice(from, to).trim() })
    at = to + 1
    const comma = /^\s*,/.exec(bare.slice(at))
    if (!comma) return { ctes, rest: text.slice(at).trim() }
    at += comma[0].length
  }
}

/** Of a query that only adds columns to what a subquery with a `with` list gives. */
function partsInside(text: string, bare: string): QueryParts {
  const start = /^\s*select\b[^()]*?\bfrom\s*\((?=\s*with\s)/i.exec(bare)
  if (!start) return { ctes: [], rest: text }
  const from = start[0].length
  const to = closing(bare, from)
  const { ctes, rest } = queryParts(text.slice(from, to))
  return { ctes, rest: `${text.slice(0, from)}\n${rest}\n${text.slice(to)}` }
}

/** How often a piece of a query reads a relation of a name that has no schema. */
export function readsOf(name: string, text: string): number {
  const written = name.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
  const bare = name.startsWith('"') ? withoutWords(text, true) : withoutWords(text)
  return [...bare.matchAll(new RegExp(`(?:\\b(?:from|join)|,)\\s+${written}(?![\\w".(])`, 'gi'))].filter(
    ({ 0: found, index }) => !found.startsWith(',') || isInFrom(bare, index),
  ).length
}

/** Whether a comma stands between relations and not between columns. */
function isInFrom(text: string, comma: number): boolean {
  let depth = 0
  for (let i = comma - 1; i >= 0; i--) {
    const character = text[i]
    if (character === ')') depth += 1
    else if (character === '(') depth -= 1
    if (depth < 0) return false
    if (depth > 0) continue
    const word = /\b(select|from|where|by|on|values|over)$/i.exec(text.slice(Math.max(0, i - 7), i + 1))
    if (word) return word[1]?.toLowerCase() === 'from'
  }
  return false
}

/** The place of the bracket that closes one that stands before `from`. */
function closing(bare: string, from: number): number {
  let depth = 1
  for (let i = from; i < bare.length; i++) {
    if (bare[i] === '(') depth += 1
    else if (bare[i] === ')') depth -= 1
    if (depth === 0) return i
  }
  return bare.length
}

/** The same text, as long, with blanks for comments and for what is in quotes. */
const withoutWords = (text: string, keepNames = false): string =>
  text.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"/g, (found) =>
    keepNames && found.startsWith('"')
      ? found
      : found.replaceAll(/[^\n]/g, found.startsWith('"') ? '_' : ' '),
  )
