/** Pieces of SQL as text: what stands in a slot is indented as deep as the slot's own line. */
import { blanks, blanksFrom, type Chunk } from './chunk.ts'
import { fittedLine } from './width.ts'

/** A piece of SQL: one text, or chunks of text with other pieces between them. */
export class Sql {
  /**
   * `line`: one text without a line break. `verbatim`: one text whose line breaks belong to a value or a name and are
   * never indented. `pieces`: slots with chunks around them. `list`: slots with the same chunk between any two.
   */
  readonly kind: 'line' | 'verbatim' | 'pieces' | 'list'
  /** All of one text. */
  readonly text: string
  /** One text that may be nothing or begin with a blank. */
  readonly isSpaced: boolean
  /** Of one text: nothing in it leaves what stands beside it in quotes. */
  readonly isWhole: boolean
  /** Before each slot, and after the last one; the one of a list. */
  readonly chunks: readonly Chunk[]
  readonly slots: readonly Sql[]

  private constructor(
    kind: Sql['kind'],
    text: string,
    isSpaced: boolean,
    isWhole: boolean,
    chunks: readonly Chunk[],
    slots: readonly Sql[],
  ) {
    this.kind = kind
    this.text = text
    this.isSpaced = isSpaced
    this.isWhole = isWhole
    this.chunks = chunks
    this.slots = slots
  }

  /** A value or a name, which is written as it is. */
  static verbatim(text: string): Sql {
    const isBroken = text.includes('\n')
    return new Sql(isBroken ? 'verbatim' : 'line', text, startsSpaced(text), !isBroken, NO_CHUNKS, NO_SLOTS)
  }

  /**
   * Most slots are part of a line, which becomes one text at once: it is soon written, and wherever it is used.
   * @param isBroken there is a line break in a chunk
   */
  static template(chunks: readonly Chunk[], isBroken: boolean, slots: readonly Sql[]): Sql {
    if (isBroken || !slots.every(isLine)) return new Sql('pieces', '', false, true, chunks, slots)
    let text = chunks[0]?.text ?? ''
    let isWhole = chunks[0]?.isWhole ?? true
    const isSpaced = text === '' ? (slots[0]?.isSpaced ?? true) : startsSpaced(text)
    for (let i = 0; i < slots.length; i++) {
      text += (slots[i]?.text ?? '') + (chunks[i + 1]?.text ?? '')
      isWhole &&= (slots[i]?.isWhole ?? true) && (chunks[i + 1]?.isWhole ?? true)
    }
    return new Sql('line', text, isSpaced, isWhole, NO_CHUNKS, NO_SLOTS)
  }

  static list(slots: readonly Sql[], separator: Chunk): Sql {
    if ((separator.isBroken && slots.length > 1) || !slots.every(isLine))
      return new Sql('list', '', false, true, [separator], slots)
    let text = slots[0]?.text ?? ''
    let isWhole = slots[0]?.isWhole ?? true
    for (let i = 1; i < slots.length; i++) {
      text += separator.text + (slots[i]?.text ?? '')
      isWhole &&= slots[i]?.isWhole ?? true
    }
    return new Sql('line', text, slots[0]?.isSpaced ?? true, isWhole, NO_CHUNKS, NO_SLOTS)
  }
}

const NO_CHUNKS: readonly Chunk[] = []
const NO_SLOTS: readonly Sql[] = []

const isLine = ({ kind }: Sql): boolean => kind === 'line'

const startsSpaced = (text: string): boolean => text === '' || text.startsWith(' ')

/**
 * Writes pieces one after the other. What lines begin with is known of each chunk and is kept for the line that is
 * written: looking for it in the text would be work as long as the text, for each piece.
 */
export class Layout {
  /** Lines that are finished, with their breaks. */
  #done = ''
  /** The line that is written, as far as it is. */
  #line = ''
  /** How deep a line is that is begun: its break is held back until something stands on it; -1 where there is none. */
  #begun = -1
  /** How deep the slot is that is written. */
  #indent = 0
  /** How many blanks the line begins with that is written. */
  #margin = 0
  /** There is nothing but those in it. */
  #isBlank = true
  #isWhole = true
  readonly #longer: number | undefined

  /**
   * @param longer lines that are too long are broken, where relations that are open will be so many characters longer;
   * undefined: none is
   */
  constructor(longer?: number) {
    this.#longer = longer
  }

  get text(): string {
    return this.#done + this.#finished(this.#line)
  }

  /** Nothing that was written has a line break in quotes, as far as can be told: only then are lines broken rightly. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  write({ kind, text, isSpaced, isWhole, chunks, slots }: Sql): void {
    if (kind === 'line' || kind === 'verbatim') {
      this.#isWhole &&= isWhole
      if (text !== '') this.#writeText(text, isSpaced, kind === 'verbatim')
      return
    }
    const outer = this.#indent
    const isList = kind === 'list'
    const [first] = chunks
    // What starts with a line break separates pieces, and stands as deep as the first of them.
    if (isList || first?.startsBroken !== true) this.#indent = this.#begun < 0 ? this.#margin : this.#begun
    for (let i = 0; i < slots.length; i++) {
      const before = isList ? (i === 0 ? undefined : first) : chunks[i]
      if (before) this.#writeChunk(before)
      const slot = slots[i]
      if (slot) this.write(slot)
    }
    const last = isList ? undefined : chunks[slots.length]
    if (last) this.#writeChunk(last)
    this.#indent = outer
  }

  /** @param isBroken it may have line breaks, which stay as they are */
  #writeText(text: string, isSpaced: boolean, isBroken: boolean): void {
    this.#writeBegun()
    const start = isBroken ? text.lastIndexOf('\n') + 1 : 0
    if (start > 0) this.#margin = 0
    if (start > 0 || this.#isBlank) {
      const lead = isSpaced || start > 0 ? blanksFrom(text, start) : 0
      this.#margin += lead
      this.#isBlank = start + lead === text.length
    }
    this.#line += text
  }

  #writeChunk(chunk: Chunk): void {
    if (chunk.text === '') return
    const laid = chunk.at(this.#indent)
    this.#isWhole &&= chunk.isWhole
    // A line that stays empty, because its slot was empty, is never begun.
    if (!chunk.startsBroken) this.#writeBegun()
    this.#begun = laid.begun
    this.#line += laid.head
    if (laid.isBroken) {
      this.#finishLine()
      this.#done += laid.lines(this.#longer)
      this.#line = laid.tail
      this.#margin = laid.margin
      this.#isBlank = laid.isBlank
    } else if (this.#isBlank) {
      this.#margin += laid.margin
      this.#isBlank = laid.isBlank
    }
  }

  #writeBegun(): void {
    if (this.#begun < 0) return
    this.#finishLine()
    this.#line = blanks(this.#begun)
    this.#margin = this.#begun
    this.#isBlank = true
    this.#begun = -1
  }

  #finishLine(): void {
    this.#done += this.#finished(this.#line) + '\n'
  }

  #finished(line: string): string {
    return this.#longer === undefined ? line : fittedLine(line, this.#longer)
  }
}
