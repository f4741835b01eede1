/** A strict reader of the XML that reports are made of: elements, attributes, text; anything else is an error. */

export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  /** Its own text, without that of its children. */
  readonly text: string
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const NAME = String.raw`[A-Za-z_][\w.-]*`
const TAG = new RegExp(String.raw`<(\/?)(${NAME})((?:\s+${NAME}="[^"<]*")*)\s*(\/?)>`, 'y')

/** @throws Error where the text is not well-formed */
export function readXml(xml: string): Element {
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n'
  if (!xml.startsWith(head)) throw new Error('no XML declaration')
  const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.exec(xml)
  if (forbidden) throw new Error(`a character that XML forbids at ${forbidden.index}`)
  type Open = { name: string; attributes: Record<string, string>; children: Element[]; text: string }
  const open: Open[] = [{ name: '', attributes: {}, children: [], text: '' }]
  let at = head.length
  while (at < xml.length) {
    const current = open.at(-1)
    if (!current) throw new Error('more is closed than was opened')
    const next = xml.indexOf('<', at)
    const text = xml.slice(at, next < 0 ? xml.length : next)
    if (open.length === 1 && text.trim() !== '') throw new Error(`text outside of the root: ${text}`)
    current.text += unescaped(text)
    if (next < 0) break
    TAG.lastIndex = next
    const [whole = '', closing, name = '', attributes = '', single] = TAG.exec(xml) ?? []
    if (whole === '') throw new Error(`not a tag: ${xml.slice(next, next + 40)}`)
    at = next + whole.length
    if (closing === '/') {
      open.pop()
      if (current.name !== name) throw new Error(`<${current.name}> is closed by </${name}>`)
      open.at(-1)?.children.push(current)
      continue
    }
    const element: Open = { name, attributes: {}, children: [], text: '' }
    for (const [, key = '', value = ''] of attributes.matchAll(new RegExp(`(${NAME})="([^"]*)"`, 'g'))) {
      if (Object.hasOwn(element.attributes, key)) throw new Error(`${key} is there twice`)
      element.attributes[key] = unescaped(value)
    }
    if (single === '/') current.children.push(element)
    else open.push(element)
  }
  const [root, ...others] = open
  if (!root || others.length > 0) throw new Error(`<${others.at(-1)?.name}> is not closed`)
  if (root.children.length !== 1) throw new Error(`${root.children.length} roots`)
  return root.children[0] as Element
}

function unescaped(text: string): string {
  if (text.includes(']]>')) throw new Error(']]> in text')
  return text.replaceAll(/&([^;\s]*)(;?)/g, (whole, name: string, end: string) => {
    const code = /^#(\d+)$/.exec(name)?.[1]
    const character = code === undefined ? ENTITIES[name] : String.fromCodePoint(Number(code))
    if (end === '' || character === undefined) throw new Error(`not an entity: ${whole}`)
    return character
  })
}
