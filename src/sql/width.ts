/** Lines of SQL that fit: too long ones are broken where a space stands outside of texts, names and comments. */

/** The most characters of a line; one text or name alone may be longer. */
export const WIDTH = 120

/** Texts, names in quotes, comments, spaces, and what stands between them, in one line. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--.*|[ ]+|(?:(?!--)[^\s'"])+|[\s\S]/g

/** Before these words a line is broken rather than before others. */
const JOINT = /^(?:and|or|when|then|else|end|from|where|join|left|over|as|\|\|)$/

/**
 * @param widen how many characters a line has that are not in the text yet
 * @returns the same SQL; what is in quotes stays as it is
 */
export function fitted(text: string, widen: (line: string) => number = () => 0): string {
  const width = (line: string) => line.length + widen(line)
  // most lines are short, whatever is put into them
  const fits = (line: string) => line.length <= WIDTH / 2 || width(line) <= WIDTH
  const lines = text.split('\n')
  if (lines.every(fits)) return text
  let isOpen = false
  return lines
    .flatMap((line) => {
      const begunOpen = isOpen
      isOpen = endsInText(isOpen ? `'${line}` : line)
      return begunOpen || isOpen || fits(line) ? [line] : broken(line, width)
    })
    .join('\n')
}

/** Whether a quoted text or name that begins in a line does not end in it. */
function endsInText(line: string): boolean {
  if (!line.includes('"') && !line.includes('--')) return count(line, "'") % 2 === 1
  return tokensOf(line).some((token) => token === "'" || token === '"')
}

const tokensOf = (line: string): readonly string[] => line.match(TOKEN) ?? []

/** The lines that one line becomes; what was broken off stands two spaces deeper. */
function broken(line: string, width: (line: string) => number): string[] {
  const margin = /^ */.exec(line)?.[0] ?? ''
  if (line.startsWith('--', margin.length)) return brokenComment(line, margin)
  const lines: string[] = []
  let rest = tokensOf(line)
  for (let at = bestBreak(rest, width); at !== undefined; at = bestBreak(rest, width)) {
    lines.push(rest.slice(0, at).join(''))
    rest = [`${margin}  `, ...rest.slice(at + 1)]
  }
  return [...lines, rest.join('')]
}

/** The place of the space to break at: at a joint, as far out of brackets and as late as can be; none where all fits. */
function bestBreak(tokens: readonly string[], width: (line: string) => number): number | undefined {
  if (width(tokens.join('')) <= WIDTH) return undefined
  const spaces: { readonly at: number; readonly depth: number; readonly isGood: boolean }[] = []
  let depth = 0
  let before = ''
  for (const [at, token] of tokens.entries()) {
    if (token.startsWith(' ') && before.trim() !== '') {
      // where nothing fits, one text or name is too long by itself
      if (width(before) > WIDTH && spaces.length > 0) break
      const isJoint = before.endsWith(',') || JOINT.test(tokens[at + 1] ?? '')
      spaces.push({ at, depth, isGood: isJoint && width(before) > WIDTH / 3 })
    }
    if (!/^['"-]/.test(token)) depth += count(token, '(') - count(token, ')')
    before += token
  }
  const [best] = spaces.sort(
    (a, b) => Number(b.isGood) - Number(a.isGood) || a.depth - b.depth || b.at - a.at,
  )
  return best?.at
}

const count = (text: string, character: string): number => text.split(character).length - 1

function brokenComment(line: string, margin: string): string[] {
  const lines: string[] = []
  let current = `${margin}--`
  for (const word of line.trim().slice(2).trim().split(/ +/)) {
    if (current.length + 1 + word.length > WIDTH && !current.endsWith('--')) {
      lines.push(current)
      current = `${margin}--`
    }
    current += ` ${word}`
  }
  return [...lines, current]
}
