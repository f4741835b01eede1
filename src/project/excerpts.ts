/** Lines of a YAML file for messages, without the secrets that stand in them. */
import { isAlias, isMap, isScalar, isSeq, type Document, type Node } from 'yaml'
import type { Path } from './path.ts'
import { secretAt } from './secret_fields.ts'
import { secretLines } from './secret_lines.ts'
import { HIDDEN, isSecretName, urlWithoutSecrets, withoutUrlSecrets, type Secrets } from './secrets.ts'

/** A part of the text that is not shown as it is. */
interface Cover {
  readonly from: number
  readonly to: number
  readonly shown: string
}

export class Excerpts {
  readonly #text: string
  readonly #starts: readonly number[]
  readonly #lines: readonly string[]
  readonly #covers: Cover[] = []
  /** By line: from which character on it is hidden, whatever is covered. */
  readonly #hiddenFrom: readonly (number | undefined)[]
  readonly #isBroken: boolean
  readonly #secrets: Secrets

  /**
   * @param document undefined where the text could not be read at all
   * @param secrets is told of what is found, so that no message says it either
   */
  constructor(text: string, document: Document | undefined, secrets: Secrets) {
    this.#text = text
    this.#lines = text.split('\n')
    let start = 0
    this.#starts = this.#lines.map((line) => (start += line.length + 1) - line.length - 1)
    this.#isBroken = document === undefined || document.errors.length > 0
    this.#secrets = secrets
    this.#hiddenFrom = secretLines(this.#lines, this.#isBroken)
    for (const [i, from] of this.#hiddenFrom.entries())
      if (from !== undefined) this.#addHidden(this.#lines[i]?.slice(from) ?? '')
    this.#cover(document?.contents, [], 0)
    // What could not be read as YAML has no places; that something is a secret can be told by the word before it.
    if (this.#isBroken) for (const line of this.#lines) this.#addAssigned(line)
  }

  /** @param number of a line, from 1 */
  line(number: number): string {
    const start = this.#starts[number - 1]
    const line = this.#lines[number - 1]
    return start === undefined || line === undefined ? '' : this.#shownOf(number, line.length)
  }

  /** The column of `line(number)` that stands for a column of the text; both count from 1. */
  caret(number: number, column: number): number {
    const start = this.#starts[number - 1]
    return start === undefined ? column : this.#shownOf(number, column - 1).length + 1
  }

  /** So many characters of a line, and a mark for those of them that are hidden. */
  #shownOf(number: number, length: number): string {
    const start = this.#starts[number - 1] ?? 0
    const from = this.#hiddenFrom[number - 1]
    if (from === undefined || length <= from) return this.#shown(start, start + length)
    return this.#shown(start, start + from) + HIDDEN
  }

  /** A part of one line. */
  #shown(start: number, end: number): string {
    let shown = ''
    let at = start
    for (const { from, to, shown: instead } of this.#covers) {
      if (to <= at || from >= end) continue
      shown += this.#text.slice(at, Math.max(at, from)) + instead
      at = Math.min(to, end)
    }
    shown = withoutUrlSecrets((shown + this.#text.slice(at, end)).replace(/\r$/, ''))
    return this.#isBroken ? withoutAssigned(shown) : shown.replace(/#.*$/, withoutAssigned)
  }

  /** @param from where it begins: before anchors and tags, which belong to what is not shown */
  #cover(node: unknown, path: Path, from: number): void {
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        const end = rangeOf(key)?.[1] ?? from
        const blank = /^\s*:?\s*/.exec(this.#text.slice(end))?.[0].length ?? 0
        this.#cover(value, [...path, keyOf(key)], end + blank)
      }
    } else if (isSeq(node)) {
      for (const [i, item] of node.items.entries())
        this.#cover(item, [...path, i], rangeOf(item)?.[0] ?? from)
    } else if (isScalar(node) || isAlias(node)) {
      const written = this.#text.slice(from, Math.max(from, rangeOf(node)?.[1] ?? from))
      this.#coverValue(written, isScalar(node) ? node.value : undefined, path, from)
    }
  }

  #coverValue(written: string, value: unknown, path: Path, from: number): void {
    if (written.trim() === '' || REFERENCE.test(written)) return
    const to = from + written.length
    const kind = secretAt(path)
    const text = typeof value === 'string' ? value : written
    if (kind === 'whole') {
      this.#secrets.add(text)
      // Without what YAML takes for the sign of an anchor, an alias or a tag, and messages leave out.
      this.#secrets.add(written)
      this.#secrets.add(written.replace(/^[&*!]/, ''))
      this.#covers.push({ from, to, shown: HIDDEN })
      return
    }
    if (kind === 'url' && !/^[a-z][a-z0-9+.-]*:\/\//i.test(text.trim()))
      for (const said of [text, written, written.replace(/^[&*!]/, '')]) this.#secrets.add(said)
    const url = urlWithoutSecrets(text, kind === 'url')
    if (url === undefined || url === text) return
    const quote = /^["']/.exec(written)?.[0] ?? ''
    this.#covers.push({ from, to, shown: written.includes('\n') ? HIDDEN : `${quote}${url}${quote}` })
  }

  /** Whole, and the words of it: a message may say one of them. */
  #addHidden(text: string): void {
    const plain = text.trim()
    this.#secrets.add(plain)
    for (const word of plain.split(/[\s"'{}[\],]+/)) {
      this.#secrets.addUrl(word)
      if (TOKEN.test(word)) this.#secrets.add(word)
    }
  }

  #addAssigned(line: string): void {
    const given = assigned(line)
    if (given === undefined) return
    const whole = line.slice(given)
    for (const text of [whole, /^["']?([^\s"',}]*)/.exec(whole)?.[1] ?? '']) this.#secrets.add(text)
  }
}

/** No word and no name. */
const TOKEN = /^(?=.*[\dA-Z]).{6,}$/s

/** Variables alone, without defaults, and in quotes or not. */
const REFERENCE = /^["']?(\$\{\w+\})+["']?$/

const rangeOf = (node: unknown) => (node as Partial<Node> | null)?.range

const keyOf = (key: unknown): string =>
  isScalar(key) ? (typeof key.value === 'string' ? key.value : (key.source ?? '')) : ''

/** Where in a line the value of the first word stands that is a secret's name, as in `password: …` or `TOKEN=…`. */
function assigned(line: string): number | undefined {
  const [found] = [...line.matchAll(/(?<![\w-])([\w-]+)["']?\s*[:=]\s*(?=\S)/g)].filter(
    ({ 0: { length }, 1: name = '', index }) =>
      isSecretName(name) && !/^["']?\$\{\w+\}/.test(line.slice(index + length)),
  )
  return found && found.index + found[0].length
}

function withoutAssigned(line: string): string {
  const from = assigned(line)
  return from === undefined ? line : `${line.slice(0, from)}${HIDDEN}`
}
