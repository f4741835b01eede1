/** Pieces of SQL as text: what stands in a slot is indented as deep as the slot's own line. */

/** A piece of SQL: texts with other pieces between them. */
export class Sql {
  readonly parts: readonly string[]
  readonly slots: readonly Sql[]
  /** It is one text. Line breaks inside of a value or a name belong to it and are never indented. */
  readonly kind: 'pieces' | 'line' | 'verbatim'

  private constructor(parts: readonly string[], slots: readonly Sql[], kind: Sql['kind']) {
    this.parts = parts
    this.slots = slots
    this.kind = kind
  }

  /** A value or a name, which is written as it is. */
  static verbatim(text: string): Sql {
    return new Sql([text], NONE, text.includes('\n') ? 'verbatim' : 'line')
  }

  /**
   * @param parts the text before each slot, and that after the last one; what is missing is empty
   */
  static of(parts: readonly string[], slots: readonly Sql[]): Sql {
    // Most pieces are parts of one line. As one text they need less memory, and are soon written.
    const line = lineOf(parts, slots)
    return line === undefined ? new Sql(parts, slots, 'pieces') : new Sql([line], NONE, 'line')
  }
}

const NONE: readonly Sql[] = []

function lineOf(parts: readonly string[], slots: readonly Sql[]): string | undefined {
  let line = ''
  for (let i = 0; i <= slots.length; i++) {
    const part = parts[i] ?? ''
    const slot = slots[i]
    if (part.includes('\n') || (slot && slot.kind !== 'line')) return undefined
    line += part + (slot?.parts[0] ?? '')
  }
  return line
}

export class Layout {
  #text = ''
  /** A line break with its indentation, held back until something stands on the line. */
  #begun = ''
  /** Indentation of the slot that is written. */
  #indent = ''
  // The beginning of the line that is written: looking for it in the text would be work as long as the text,
  // for each piece.
  #margin = 0
  #isBlank = true

  get text(): string {
    return this.#text
  }

  write({ parts, slots, kind }: Sql): void {
    if (kind !== 'pieces') {
      this.#append(parts[0] ?? '', true)
      return
    }
    const outer = this.#indent
    // What starts with a line break separates pieces, and stands as deep as the first of them.
    if (!parts[0]?.startsWith('\n'))
      this.#indent = blanks(this.#begun === '' ? this.#margin : this.#begun.length - 1)
    for (let i = 0; i <= slots.length; i++) {
      this.#append(parts[i] ?? '', false)
      const slot = slots[i]
      if (slot) this.write(slot)
    }
    this.#indent = outer
  }

  #append(text: string, isVerbatim: boolean): void {
    if (text === '') return
    const isIndented = !isVerbatim && this.#indent !== '' && text.includes('\n')
    const laid = isIndented ? text.replaceAll('\n', `\n${this.#indent}`) : text
    // A line that stays empty, because its slot was empty, is never begun.
    if (!laid.startsWith('\n')) this.#put(this.#begun)
    this.#begun = isVerbatim ? '' : breakAtEnd(laid)
    this.#put(laid.slice(0, laid.length - this.#begun.length))
  }

  #put(text: string): void {
    const start = text.lastIndexOf('\n') + 1
    if (start > 0) {
      this.#margin = 0
      this.#isBlank = true
    }
    if (this.#isBlank) {
      let end = start
      while (text.charCodeAt(end) === SPACE) end += 1
      this.#margin += end - start
      this.#isBlank = end === text.length
    }
    this.#text += text
  }
}

const BLANKS: string[] = []

const blanks = (count: number): string => (BLANKS[count] ??= ' '.repeat(count))

function breakAtEnd(text: string): string {
  let start = text.length
  while (text.charCodeAt(start - 1) === SPACE) start -= 1
  return text.charCodeAt(start - 1) === BREAK ? text.slice(start - 1) : ''
}

const SPACE = 32
const BREAK = 10
