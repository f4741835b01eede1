/** Pieces of SQL as text: what stands in a slot is indented as deep as the slot's own line. */

/** The text of a template: what stands before each slot, and after the last one. */
export interface Template {
  readonly parts: readonly string[]
  /** Some part has a line break. */
  readonly isBroken: boolean
}

/** A piece of SQL: one text, or texts with other pieces between them. */
export class Sql {
  /** The whole of one text; of pieces what stands before the first slot. */
  readonly text: string
  /** What stands after each slot. */
  readonly rest: readonly string[]
  readonly slots: readonly Sql[]
  /** It is one text. Line breaks inside of a value or a name belong to it and are never indented. */
  readonly kind: 'pieces' | 'line' | 'verbatim'

  private constructor(kind: Sql['kind'], text: string, rest: readonly string[], slots: readonly Sql[]) {
    this.kind = kind
    this.text = text
    this.rest = rest
    this.slots = slots
  }

  /** A value or a name, which is written as it is. */
  static verbatim(text: string): Sql {
    return new Sql(text.includes('\n') ? 'verbatim' : 'line', text, NO_TEXTS, NO_SLOTS)
  }

  /**
   * Most slots are part of a line, and become part of the text around them at once: one text needs less memory than
   * many pieces, and is soon written.
   */
  static of({ parts, isBroken }: Template, slots: readonly Sql[]): Sql {
    let text = parts[0] ?? ''
    if (!isBroken && slots.every(isLine)) {
      for (let i = 0; i < slots.length; i++) text += (slots[i]?.text ?? '') + (parts[i + 1] ?? '')
      return new Sql('line', text, NO_TEXTS, NO_SLOTS)
    }
    const left: Sql[] = []
    const texts: string[] = []
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]
      if (slot === undefined) continue
      if (isMerged(slot, text)) {
        text += slot.text
      } else {
        texts.push(text)
        left.push(slot)
        text = ''
      }
      text += parts[i + 1] ?? ''
    }
    if (left.length === 0) return new Sql('pieces', text, NO_TEXTS, NO_SLOTS)
    const [first = '', ...others] = texts
    others.push(text)
    return new Sql('pieces', first, others, left)
  }
}

const NO_TEXTS: readonly string[] = []
const NO_SLOTS: readonly Sql[] = []

const isLine = ({ kind }: Sql): boolean => kind === 'line'

/** Where a line begins, what is nothing or begins with blanks is left to the layout: the line may stay empty. */
const isMerged = ({ kind, text }: Sql, before: string): boolean =>
  kind === 'line' &&
  ((text !== '' && text.charCodeAt(0) !== SPACE) || (before !== '' && breakAtEnd(before) === ''))

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

  write({ kind, text, rest, slots }: Sql): void {
    if (kind !== 'pieces') {
      if (text !== '') this.#append(text, true)
      return
    }
    const outer = this.#indent
    // What starts with a line break separates pieces, and stands as deep as the first of them.
    if (!text.startsWith('\n'))
      this.#indent = blanks(this.#begun === '' ? this.#margin : this.#begun.length - 1)
    if (text !== '') this.#append(text, false)
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]
      if (slot) this.write(slot)
      const after = rest[i] ?? ''
      if (after !== '') this.#append(after, false)
    }
    this.#indent = outer
  }

  #append(text: string, isVerbatim: boolean): void {
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
