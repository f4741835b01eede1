/** Kysely's Postgres compiler, taught to indent what stands in a slot as deep as the slot's own line. */
import { PostgresQueryCompiler, type IdentifierNode, type RawNode } from 'kysely'

export class LaidOutCompiler extends PostgresQueryCompiler {
  readonly #indents = ['']
  #verbatim = false
  /** A line break with its indentation, held back until something stands on the line. */
  #begun = ''

  protected override append(text: string): void {
    if (text === '') return
    const laid = this.#verbatim ? text : text.replaceAll('\n', `\n${this.#indents.at(-1) ?? ''}`)
    // A line that stays empty, because its slot was empty, is never begun.
    if (!laid.startsWith('\n')) super.append(this.#begun)
    this.#begun = this.#verbatim ? '' : (/\n *$/.exec(laid)?.[0] ?? '')
    super.append(laid.slice(0, laid.length - this.#begun.length))
  }

  protected override visitRaw(node: RawNode): void {
    // What starts with a line break separates pieces, and stands as deep as the first of them.
    if (node.sqlFragments[0]?.startsWith('\n')) {
      super.visitRaw(node)
      return
    }
    const written = this.getSql() + this.#begun
    const line = written.slice(written.lastIndexOf('\n') + 1)
    this.#indents.push(/^ */.exec(line)?.[0] ?? '')
    super.visitRaw(node)
    this.#indents.pop()
  }

  // Line breaks inside of a value or a name belong to it and are never indented.
  protected override appendImmediateValue(value: unknown): void {
    this.#asItIs(() => super.appendImmediateValue(value))
  }

  protected override visitIdentifier(node: IdentifierNode): void {
    this.#asItIs(() => super.visitIdentifier(node))
  }

  #asItIs(write: () => void): void {
    this.#verbatim = true
    write()
    this.#verbatim = false
  }
}
