/** Kysely's Postgres compiler, taught to indent what stands in a slot as deep as the slot's own line. */
import { PostgresQueryCompiler, type IdentifierNode, type RawNode } from 'kysely'

export class LaidOutCompiler extends PostgresQueryCompiler {
  readonly #indents = ['']
  #verbatim = false

  protected override append(text: string): void {
    if (this.#verbatim) return super.append(text)
    // An empty slot on a line of its own leaves no blank line behind.
    const blankLine = text.startsWith('\n') && /\n *$/.test(this.getSql())
    const kept = blankLine ? text.slice(1).replace(/^ */, '') : text
    super.append(kept.replaceAll('\n', `\n${this.#indents.at(-1) ?? ''}`))
  }

  protected override visitRaw(node: RawNode): void {
    const written = this.getSql()
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
