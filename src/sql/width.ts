/** Lines of SQL that fit: too long ones are broken where a space stands outside of texts, names and comments. */
import { countOfRelations, occurrencesIn } from './open.ts'

/** The most characters of a line; one text or name alone may be longer. */
export const WIDTH = 120

/** Texts, names in quotes, relations that are open, comments, spaces, and what stands between them, in one line. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\0[^\0]*\0|--.*|[ ]+|(?:(?!--)[^\s'"\0])+|[\s\S]/g

/** Before these words a line is broken rather than before others. */
const JOINT = /^(?:and|or|when|then|else|end|from|where|join|left|over|as|\|\|)$/

/** A line that is in no quotes where it begins and ends. @returns it, or the lines that it becomes */
export function fittedLine(line: string, longer: number): string {
  // whatever is put into a line of half the width, it fits
  if (line.length <= WIDTH / 2 || widthOf(line, longer) <= WIDTH) return line
  return broken(line, longer).join('\n')
}

/**
 * Next to all lines are short: the text is read once, for its line breaks and quotes.
 * @param longer how many characters more each relation that is open will have in its place
 * @returns the same SQL; what is in quotes stays as it is
 */
export function fitted(text: string, longer = 0): string {
  const pieces: string[] = []
  /** How much of the text is in the pieces. */
  let taken = 0
  let start = 0
  /** What ends the text or name that is read; none outside of any. */
  let quote: number | undefined
  /** The same where the line begins. */
  let begunIn: number | undefined
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? BREAK : text.charCodeAt(at)
    if (code === BREAK) {
      if (at - start > WIDTH / 2 && begunIn === undefined && quote === undefined) {
        const line = text.slice(start, at)
        const lines = fittedLine(line, longer)
        if (lines !== line) {
          pieces.push(text.slice(taken, start), lines)
          taken = at
        }
      }
      start = at + 1
      begunIn = quote
    } else if (quote !== undefined) {
      // a doubled quote ends the text and begins it again
      if (code === quote) quote = undefined
    } else if (code === SINGLE || code === DOUBLE || code === OPEN) {
      quote = code
    } else if (code === DASH && text.charCodeAt(at + 1) === DASH) {
      at = next('\n', text, at) - 1
    }
  }
  if (taken === 0) return text
  pieces.push(text.slice(taken))
  return pieces.join('')
}

const BREAK = 10
const SINGLE = 39
const DOUBLE = 34
const DASH = 45
/** Around the name of a relation whose place is left open. */
const OPEN = 0

/** The place of a character from another place on; the length of the text where there is none. */
function next(character: string, text: string, from: number): number {
  const found = text.indexOf(character, from)
  return found < 0 ? text.length : found
}

const widthOf = (line: string, longer: number): number =>
  line.length + (longer === 0 ? 0 : longer * countOfRelations(line))

const tokensOf = (line: string): readonly string[] => line.match(TOKEN) ?? []

/** The lines that one line becomes; what was broken off stands two spaces deeper. */
function broken(line: string, longer: number): string[] {
  const margin = /^ */.exec(line)?.[0] ?? ''
  if (line.startsWith('--', margin.length)) return brokenComment(line, margin)
  const tokens = tokensOf(line)
  const widths = tokens.map((token) => widthOf(token, longer))
  const lines: string[] = []
  /** How wide what is left of the line is. */
  let left = widths.reduce((sum, width) => sum + width, 0)
  let [from, indent] = [0, '']
  while (indent.length + left > WIDTH) {
    const at = bestBreak(tokens, widths, from, indent.length)
    if (at === undefined) break
    lines.push(indent + tokens.slice(from, at).join(''))
    for (let i = from; i <= at; i++) left -= widths[i] ?? 0
    from = at + 1
    indent = `${margin}  `
  }
  return [...lines, indent + tokens.slice(from).join('')]
}

/** Begins a text, a name or a comment, or a minus. */
const QUOTED = /^['"\0-]/

interface Break {
  readonly at: number
  readonly depth: number
  readonly isGood: boolean
}

/**
 * The place of the space to break a line at that is too long: at a joint, as far out of brackets and as late as can be.
 * @param from the first token of the line, which is indented so deep
 */
function bestBreak(
  tokens: readonly string[],
  widths: readonly number[],
  from: number,
  indent: number,
): number | undefined {
  let best: Break | undefined
  let depth = 0
  /** How wide the line is before the token. */
  let width = indent
  /** There is something before it but blanks. */
  let isBegun = false
  for (let at = from; at < tokens.length; at++) {
    const token = tokens[at] ?? ''
    const isBlank = token.startsWith(' ')
    if (isBlank && isBegun) {
      // where nothing fits, one text or name is too long by itself
      if (width > WIDTH && best) break
      const isJoint = (tokens[at - 1]?.endsWith(',') ?? false) || JOINT.test(tokens[at + 1] ?? '')
      const found = { at, depth, isGood: isJoint && width > WIDTH / 3 }
      if (!best || isBetter(found, best)) best = found
    }
    if (!isBlank && !QUOTED.test(token)) depth += occurrencesIn(token, '(') - occurrencesIn(token, ')')
    isBegun ||= !isBlank
    width += widths[at] ?? 0
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
