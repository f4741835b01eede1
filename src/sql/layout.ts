/** Pieces of SQL as text: what stands in a slot is indented as deep as the slot's own line. */
import { blanks, blanksFrom, type Chunk } from './chunk.ts'

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
  /** Before each slot, and after the last one; the one of a list. */
  readonly chunks: readonly Chunk[]
  readonly slots: readonly Sql[]

  private constructor(
    kind: Sql['kind'],
    text: string,
    isSpaced: boolean,
    chunks: readonly Chunk[],
    slots: readonly Sql[],
  ) {
    this.kind = kind
    this.text = text
    this.isSpaced = isSpaced
    this.chunks = chunks
    this.slots = slots
  }

  /** A value or a name, which is written as it is. */
  static verbatim(text: string): Sql {
    return new Sql(text.includes('\n') ? 'verbatim' : 'line', text, startsSpaced(text), NO_CHUNKS, NO_SLOTS)
  }

  /**
   * Most slots are part of a line, which becomes one text at once: it is soon written, and wherever it is used.
   * @param isBroken there is a line break in a chunk
   */
  static template(chunks: readonly Chunk[], isBroken: boolean, slots: readonly Sql[]): Sql {
    if (isBroken || !slots.every(isLine)) return new Sql('pieces', '', false, chunks, slots)
    let text = chunks[0]?.text ?? ''
    const isSpaced = text === '' ? (slots[0]?.isSpaced ?? true) : startsSpaced(text)
    for (let i = 0; i < slots.length; i++) text += (slots[i]?.text ?? '') + (chunks[i + 1]?.text ?? '')
    return new Sql('line', text, isSpaced, NO_CHUNKS, NO_SLOTS)
  }

  static list(slots: readonly Sql[], separator: Chunk): Sql {
    if ((separator.isBroken && slots.length > 1) || !slots.every(isLine))
      return new Sql('list', '', false, [separator], slots)
    let text = slots[0]?.text ?? ''
    for (let i = 1; i < slots.length; i++) text += separator.text + (slots[i]?.text ?? '')
    return new Sql('line', text, slots[0]?.isSpaced ?? true, NO_CHUNKS, NO_SLOTS)
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
  #text = ''
  /** How deep a line is that is begun: its break is held back until something stands on it; -1 where there is none. */
  #begun = -1
  /** How deep the slot is that is written. */
  #indent = 0
  /** How many blanks the line begins with that is written. */
  #margin = 0
  /** There is nothing but those in it. */
  #isBlank = true

  get text(): string {
    return this.#text
  }

  write({ kind, text, isSpaced, chunks, slots }: Sql): void {
    if (kind === 'line' || kind === 'verbatim') {
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
    this.#text += text
  }

  #writeChunk(chunk: Chunk): void {
    if (chunk.text === '') return
    const { text, isBroken, margin, isBlank, begun } = chunk.at(this.#indent)
    // A line that stays empty, because its slot was empty, is never begun.
    if (!chunk.startsBroken) this.#writeBegun()
    this.#begun = begun
    if (isBroken) {
      this.#margin = margin
      this.#isBlank = isBlank
    } else if (this.#isBlank) {
      this.#margin += margin
      this.#isBlank = isBlank
    }
    this.#text += text
  }

  #writeBegun(): void {
    if (this.#begun < 0) return
    this.#text += `\n${blanks(this.#begun)}`
    this.#margin = this.#begun
    this.#isBlank = true
    this.#begun = -1
  }
}
