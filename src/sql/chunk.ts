/** The fixed text of templates, whose lines are laid out once for each depth that they are written at. */

import { relationsIn } from './open.ts'
import { fitted } from './width.ts'

/** A text between slots, as it is written at some depth. */
export class Laid {
  /** Up to its first line break, but for one that it ends with. */
  readonly head: string
  readonly isBroken: boolean
  /** What stands behind its last line break, but for one that it ends with; of a text without line breaks nothing. */
  readonly tail: string
  /** How many blanks its last line begins with; of a text without line breaks all of it. */
  readonly margin: number
  /** There is nothing but those in that line. */
  readonly isBlank: boolean
  /** How deep the line is that it ends with the break before; -1 where it ends with no line break. */
  readonly begun: number
  /** Whole lines between its head and its tail. */
  readonly #lines: string
  /** The same in lines that fit where relations are so much longer. */
  #fitting: { readonly longer: number; readonly lines: string } | undefined

  constructor(whole: string) {
    const end = breakAtEnd(whole)
    const text = whole.slice(0, end ?? whole.length)
    const start = text.lastIndexOf('\n') + 1
    const first = text.indexOf('\n')
    this.isBroken = start > 0
    this.head = this.isBroken ? text.slice(0, first) : text
    this.#lines = text.slice(first + 1, start)
    this.tail = text.slice(this.isBroken ? start : text.length)
    this.margin = blanksFrom(text, start)
    this.isBlank = start + this.margin === text.length
    this.begun = end === undefined ? -1 : whole.length - end - 1
  }

  /** @param longer how many characters longer relations that are open will be; undefined: lines are as long as they are */
  lines(longer: number | undefined): string {
    if (longer === undefined || this.#lines === '') return this.#lines
    if (this.#fitting?.longer !== longer) this.#fitting = { longer, lines: fitted(this.#lines, longer) }
    return this.#fitting.lines
  }
}

export class Chunk {
  readonly text: string
  /** There is a line break in it. */
  readonly isBroken: boolean
  /** It begins with one. */
  readonly startsBroken: boolean
  readonly #at: Laid[] = []
  #isWhole: boolean | undefined
  #relations: readonly string[] | undefined

  constructor(text: string) {
    this.text = text
    this.isBroken = text.includes('\n')
    this.startsBroken = text.startsWith('\n')
  }

  /** What is in quotes begins and ends in one line of it, so that whatever stands beside it is in none. */
  get isWhole(): boolean {
    return (this.#isWhole ??= !QUOTE.test(this.text) || !QUOTE.test(this.text.replaceAll(CLOSED, '')))
  }

  /** Those that it leaves open. */
  get relations(): readonly string[] {
    return (this.#relations ??= relationsIn(this.text))
  }

  /** @param indent how many blanks each new line is deeper */
  at(indent: number): Laid {
    const depth = this.isBroken ? indent : 0
    return (this.#at[depth] ??= new Laid(
      depth === 0 ? this.text : this.text.replaceAll('\n', `\n${blanks(depth)}`),
    ))
  }
}

const QUOTE = /['"\0]/

/** Texts, names in quotes and open relations in one line, and comments. */
const CLOSED = /'[^'\n]*'|"[^"\n]*"|\0[^\0\n]*\0|--.*/g

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
