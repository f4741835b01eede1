/** The pages of the documentation, and what stands in them. */
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from '../../scripts/generate/files.ts'

/** README.md and its like, and all pages of docs/. */
export const PAGES: readonly string[] = [
  ...readdirSync(ROOT).filter((file) => file.endsWith('.md')),
  ...readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join('docs', file)),
].sort()

export const page = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8')

export interface Block {
  readonly language: string
  readonly text: string
}

/** The fenced blocks of a page in their order, those of lists without their indentation. */
export const blocksOf = (text: string): Block[] =>
  [...text.matchAll(/^( *)```(\w+)\n(.*?)^\1```$/gms)].map(([, indent = '', language = '', body = '']) => ({
    language,
    text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }))

/** What stands between a heading and the next one of its level. */
export function sectionOf(text: string, heading: string): string {
  const [, rest] = text.split(`\n${heading}\n`)
  if (rest === undefined) throw new Error(`there is no ${heading}`)
  return rest.split(new RegExp(`^${heading.replace(/ .*/s, '')} `, 'm'))[0] ?? ''
}

/** The arguments of `npx gwh …` as a shell reads them; only what pages use. */
export const argumentsOf = (command: string): string[] =>
  [...command.trim().matchAll(/"([^"]*)"|(\S+)/g)]
    .map(([, quoted, plain]) => quoted ?? plain ?? '')
    .slice('npx gwh'.split(' ').length)
