/**
 * From where on a line of a YAML file is not shown, by the field that stands in it or above it: for what could not be
 * read as YAML and so has no places, for comments beside a secret, and for keys inside of one.
 */
import { PLAIN_FIELDS, URL_FIELDS } from '../engines/targets.ts'
import { isSecretName } from './secrets.ts'

/** A field: what stands before it, its name, and the blanks before its value. */
const FIELD = /^(\s*(?:- +)*)(["']?)([\w.-]+)\2\s*:(?:\s+|$)/

/** Variables and nothing else say nothing. */
const REFERENCE = /^["']?(\$\{\w+\})+["']?\s*$/

/** @returns by line: the first character that is hidden, from 0; undefined where all of it may be shown */
export function secretLines(lines: readonly string[], isBroken: boolean): (number | undefined)[] {
  /** How deep the names of targets stand; undefined outside of `targets:`, and before the first of them. */
  let depth: number | undefined
  let isOfTargets = false
  /** What follows belongs to a secret, up to the next field. */
  let isOpen = false
  return lines.map((line) => {
    const [before = '', indent = '', , name = ''] = FIELD.exec(line) ?? []
    if (/^[^\s#-]/.test(line)) {
      isOfTargets = name === 'targets'
      isOpen = false
      depth = undefined
    } else if (isOfTargets && name !== '') depth ??= indent.length
    if (name === '') return isOpen && line.trim() !== '' ? line.search(/\S/) : undefined
    const value = line.slice(before.length)
    const place = depth === undefined ? 'other' : indent.length > depth ? 'field' : 'target'
    const kind = REFERENCE.test(value) ? undefined : kindOf(name, place)
    isOpen = kind === 'secret' || (kind === 'url' && isBroken)
    // a text has places of its own, and so have the fields of a target in one line
    if (kind === 'url' && !isBroken && !(place === 'field' && /^[{[]/.test(value)))
      return commentIn(line, before.length)
    return kind === undefined || value.trim() === '' ? undefined : before.length
  })
}

function kindOf(name: string, place: 'target' | 'field' | 'other'): 'secret' | 'url' | undefined {
  // all of a target may stand in its line
  if (place === 'target') return 'url'
  if (place === 'field' && URL_FIELDS.includes(name)) return 'url'
  return isSecretName(name) || (place === 'field' && !PLAIN_FIELDS.includes(name)) ? 'secret' : undefined
}

/** Where what YAML takes for a comment begins: it may be the rest of a password. */
function commentIn(line: string, from: number): number | undefined {
  const found = /\s#/.exec(line.slice(from))
  return found === null ? undefined : from + found.index + 1
}
