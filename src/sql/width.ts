/** Lines of SQL that fit: too long ones are broken where a space stands outside of texts, names and comments. */
import { occurrencesIn, countOfRelations } from './sql.ts'

/** The most characters of a line; one text or name alone may be longer. */
export const WIDTH = 120

/** Texts, names in quotes, comments, spaces, and what stands between them, in one line. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--.*|[ ]+|(?:(?!--)[^\s'"])+|[\s\S]/g

/** Before these words a line is broken rather than before others. */
const JOINT = /^(?:and|or|when|then|else|end|from|where|join|left|over|as|\|\|)$/

/**
 * Every text that is compiled goes through here, and next to all of its lines are short: those are looked at where
 * they stand, and only for their quotes.
 * @param longer how many characters more each relation that is open will have in its place
 * @returns the same SQL; what is in quotes stays as it is
 */
export function fitted(text: string, longer = 0): string {
  const pieces: string[] = []
  /** How much of the text is in the pieces. */
  let taken = 0
  let isOpen = false
  /** The next quotes from the line on. */
  let [single, double] = [-1, -1]
  for (let start = 0, end = 0; start <= text.length; start = end + 1) {
    end = next('\n', text, start)
    if (single < start) single = next("'", text, start)
    if (double < start) double = next('"', text, start)
    const begunOpen = isOpen
    if (isOpen || single < end || double < end)
      isOpen = endsInText(`${isOpen ? "'" : ''}${text.slice(start, end)}`)
    // whatever is put into a line of half the width, it fits
    if (begunOpen || isOpen || end - start <= WIDTH / 2) continue
    const line = text.slice(start, end)
    if (widthOf(line, longer) <= WIDTH) continue
    pieces.push(text.slice(taken, start), broken(line, longer).join('\n'))
    taken = end
  }
  return taken === 0 ? text : pieces.join('') + text.slice(taken)
}

/** The place of a character from another place on; the length of the text where there is none. */
function next(character: string, text: string, from: number): number {
  const found = text.indexOf(character, from)
  return found < 0 ? text.length : found
}

const widthOf = (line: string, longer: number): number =>
  line.length + (longer === 0 ? 0 : longer * countOfRelations(line))

/** Whether a quoted text or name that begins in a line does not end in it. */
function endsInText(line: string): boolean {
  if (!line.includes('"') && !line.includes('--')) return occurrencesIn(line, "'") % 2 === 1
  return tokensOf(line).some((token) => token === "'" || token === '"')
}

const tokensOf = (line: string): readonly string[] => line.match(TOKEN) ?? []

/** The lines that one line becomes; what was broken off stands two spaces deeper. */
function broken(line: string, longer: number): string[] {
  const margin = /^ */.exec(line)?.[0] ?? ''
  if (line.startsWith('--', margin.length)) return brokenComment(line, margin)
  const lines: string[] = []
  let rest = tokensOf(line)
  for (let at = bestBreak(rest, longer); at !== undefined; at = bestBreak(rest, longer)) {
    lines.push(rest.slice(0, at).join(''))
    rest = [`${margin}  `, ...rest.slice(at + 1)]
  }
  return [...lines, rest.join('')]
}

interface Break {
  readonly at: number
  readonly depth: number
  readonly isGood: boolean
}

/** The place of the space to break at: at a joint, as far out of brackets and as late as can be; none where all fits. */
function bestBreak(tokens: readonly string[], longer: number): number | undefined {
  const line = tokens.join('')
  if (widthOf(line, longer) <= WIDTH) return undefined
  let best: Break | undefined
  let depth = 0
  /** Where the token begins, and whether there is something before it but blanks. */
  let place = 0
  let isBegun = false
  for (const [at, token] of tokens.entries()) {
    const isBlank = token.startsWith(' ')
    if (isBlank && isBegun) {
      const width = widthOf(line.slice(0, place), longer)
      // where nothing fits, one text or name is too long by itself
      if (width > WIDTH && best) break
      const isJoint = line[place - 1] === ',' || JOINT.test(tokens[at + 1] ?? '')
      const found = { at, depth, isGood: isJoint && width > WIDTH / 3 }
      if (!best || isBetter(found, best)) best = found
    }
    if (!/^['"-]/.test(token)) depth += occurrencesIn(token, '(') - occurrencesIn(token, ')')
    isBegun ||= token.trim() !== ''
    place += token.length
  }
  return best?.at
}

/** @param later stands after the other */
const isBetter = (later: Break, than: Break): boolean =>
  later.isGood === than.isGood ? later.depth <= than.depth : later.isGood

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
