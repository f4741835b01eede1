/** The fixed text of templates, whose lines are laid out once for each depth that they are written at. */

/** A text between slots, as it is written at some depth. */
export interface Laid {
  /** Without the line break that it may end with. */
  readonly text: string
  readonly isBroken: boolean
  /** How many blanks its last line begins with; of a text without line breaks all of it. */
  readonly margin: number
  /** There is nothing but those in that line. */
  readonly isBlank: boolean
  /** How deep the line is that it ends with the break before; -1 where it ends with no line break. */
  readonly begun: number
}

export class Chunk {
  readonly text: string
  /** There is a line break in it. */
  readonly isBroken: boolean
  /** It begins with one. */
  readonly startsBroken: boolean
  readonly #at: Laid[] = []

  constructor(text: string) {
    this.text = text
    this.isBroken = text.includes('\n')
    this.startsBroken = text.startsWith('\n')
  }

  /** @param indent how many blanks each new line is deeper */
  at(indent: number): Laid {
    const depth = this.isBroken ? indent : 0
    return (this.#at[depth] ??= laid(
      depth === 0 ? this.text : this.text.replaceAll('\n', `\n${blanks(depth)}`),
    ))
  }
}

function laid(whole: string): Laid {
  const end = breakAtEnd(whole)
  const text = whole.slice(0, end ?? whole.length)
  const start = text.lastIndexOf('\n') + 1
  const margin = blanksFrom(text, start)
  return {
    text,
    isBroken: start > 0,
    margin,
    isBlank: start + margin === text.length,
    begun: end === undefined ? -1 : whole.length - end - 1,
  }
}

/** Where the line break is that a text ends with, but for blanks. */
function breakAtEnd(text: string): number | undefined {
  let start = text.length
  while (text.charCodeAt(start - 1) === SPACE) start -= 1
  return text.charCodeAt(start - 1) === BREAK ? start - 1 : undefined
}

/** How many blanks there are from a place of a text on. */
export function blanksFrom(text: string, start: number): number {
  let end = start
  while (text.charCodeAt(end) === SPACE) end += 1
  return end - start
}

export const blanks = (count: number): string => (BLANKS[count] ??= ' '.repeat(count))

const BLANKS: string[] = []

const SPACE = 32
const BREAK = 10
