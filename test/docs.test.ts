/** The pages lead where they say, and what they print is what gwh prints. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../scripts/generate/files.ts'
import { gwh } from './support/cli.ts'
import { copyOf, tempFolder } from './support/engines.ts'
import { argumentsOf, blocksOf, page, PAGES, sectionOf } from './support/pages.ts'

/** Examples hold brackets and headings that are none. */
const prose = (text: string) => text.replaceAll(/^( *)```.*?^\1```$/gms, '')

/** As GitHub makes them: lower case, no punctuation, `-` for a blank; explicit ones as they are. */
function anchorsOf(file: string): Set<string> {
  const text = prose(page(file))
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
  const twice = headings.filter((heading, i) => headings.indexOf(heading) !== i)
  expect(twice, `headings of ${file} that are there twice`).toEqual([])
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)])
}

interface Link {
  readonly from: string
  readonly to: string
}

const links: readonly Link[] = PAGES.flatMap((from) =>
  [
    ...prose(page(from))
      .replaceAll(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, to = '']) => ({ from, to }))
    .filter(({ to }) => !/^https?:/.test(to)),
)

const targetOf = ({ from, to }: Link) => {
  const [file = '', anchor] = to.split('#')
  return { file: file === '' ? from : path.join(path.dirname(from), file), anchor }
}

describe('links', () => {
  test('are found', () => {
    expect(PAGES.length).toBeGreaterThan(30)
    expect(links.length).toBeGreaterThan(150)
  })

  test('lead to files and headings that are there', () => {
    const dead = links.filter((link) => {
      const { file, anchor } = targetOf(link)
      if (!existsSync(path.join(ROOT, file))) return true
      return anchor !== undefined && !anchorsOf(file).has(anchor)
    })
    expect(dead).toEqual([])
  })

  test('of pages that are shipped lead to what is shipped', () => {
    const shipped = shippedFiles()
    expect([...PAGES, ...EXAMPLE].filter((file) => !shipped.has(file))).toEqual([])
    const lost = links.filter((link) => !shipped.has(targetOf(link).file))
    expect(lost).toEqual([])
  })

  test('lead to every page from the index', () => {
    const reached = new Set(['docs/README.md', 'README.md'])
    for (const from of reached) {
      for (const link of links) if (link.from === from) reached.add(targetOf(link).file)
    }
    expect(PAGES.filter((file) => !reached.has(file))).toEqual([])
  })
})

const EXAMPLE = ['project.yml', 'data/events.csv', 'data/companies.csv'].map(
  (file) => `examples/acme/${file}`,
)

function shippedFiles(): Set<string> {
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [{ files } = { files: [] }] = JSON.parse(packed) as { files: { path: string }[] }[]
  return new Set(files.map((file) => file.path))
}

test('the README has at most 8 KB, and nothing in it is generated', () => {
  const text = page('README.md')
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8 * 1024)
  expect(text).not.toContain(':start -->')
})

test('the ids of rules are in order, each with its anchor', () => {
  const rules = [...page('docs/semantics.md').matchAll(/<a id="([^"]*)"><\/a>\*\*([A-Z]+)-(\d+) /g)]
  expect(rules.length).toBeGreaterThan(50)
  const last = new Map<string, number>()
  for (const [, anchor, kind = '', number] of rules) {
    last.set(kind, (last.get(kind) ?? 0) + 1)
    expect(`${kind}-${number}`).toBe(`${kind}-${last.get(kind)}`)
    expect(anchor).toBe(`${kind}-${number}`.toLowerCase())
  }
  const known = new Set(rules.map(([, , kind, number]) => `${kind}-${number}`))
  const kinds = [...last.keys()].join('|')
  const cited = PAGES.flatMap((file) => page(file).match(new RegExp(`\\b(${kinds})-\\d+\\b`, 'g')) ?? [])
  expect(cited.filter((id) => !known.has(id))).toEqual([])
})

/** Times differ from run to run. */
const timeless = (text: string) => text.replaceAll(/ *\d+\.\d+ s\b/g, ' … s')

describe('the sample project', () => {
  let dir = ''
  let built = ''
  beforeAll(async () => {
    dir = copyOf(ROOT)
    built = (await gwh(dir, ['build'])).stdout
  }, 300_000)

  test('prints what the README shows of it, in this order', () => {
    const [, , shown] = blocksOf(page('README.md'))
    const lines = timeless(shown?.text ?? '').split('\n')
    const printed = timeless(built).split('\n')
    expect(lines.length).toBeGreaterThan(10)
    let at = 0
    for (const line of lines.filter((text) => text !== '' && text.trim() !== '…')) {
      expect(printed.slice(at)).toContain(line)
      at = printed.indexOf(line, at) + 1
    }
  })

  const shown = PAGES.flatMap((file) => {
    const blocks = blocksOf(
      file === 'docs/start.md' ? sectionOf(page(file), '## The sample project') : page(file),
    )
    return blocks.flatMap(({ text }, i) =>
      text.startsWith('npx gwh show') ? [{ file, command: text, output: blocks[i + 1]?.text ?? '' }] : [],
    )
  })

  test('is looked at on several pages', () => {
    expect(shown.length).toBeGreaterThan(4)
  })

  test.each(shown)('has the rows that $file shows', async ({ command, output }) => {
    const { stdout } = await gwh(dir, argumentsOf(command))
    expect(trimmed(stdout)).toBe(trimmed(output))
  })

  test('in short, as the README has it, has the same rows', async () => {
    const blocks = blocksOf(page('README.md'))
    const short = tempFolder()
    writeFileSync(path.join(short, 'project.yml'), blocks[0]?.text ?? '')
    cpSync(path.join(ROOT, 'test/fixtures/helm'), path.join(short, 'test/fixtures/helm'), { recursive: true })
    expect((await gwh(short, ['build'])).code).toBe(0)
    const show = blocks.findIndex(({ text }) => text.startsWith('npx gwh show'))
    const { stdout } = await gwh(short, argumentsOf(blocks[show]?.text ?? ''))
    expect(trimmed(stdout)).toBe(trimmed(blocks[show + 1]?.text ?? ''))
  })
})

const trimmed = (text: string) => text.replaceAll(/ +$/gm, '').trimEnd()

test('the project.yml of start.md is the one that is shipped', () => {
  const [yaml] = blocksOf(page('docs/start.md')).filter(({ language }) => language === 'yaml')
  expect(yaml?.text).toBe(page('examples/acme/project.yml'))
})

describe('the example of CONTRIBUTING.md', () => {
  test('adds a data test, as it is written', { timeout: 120_000 }, () => {
    const dir = tempFolder()
    for (const part of ['src', 'connectors', 'models', 'package.json']) {
      cpSync(path.join(ROOT, part), path.join(dir, part), { recursive: true })
    }
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(dir, 'node_modules'))
    const blocks = blocksOf(sectionOf(page('CONTRIBUTING.md'), '## Example: a new data test'))
    const [check = '', imported = '', line = ''] = textsOf(blocks, 'ts')
    writeFileSync(path.join(dir, 'src/checks/starts_with.ts'), check)
    const index = path.join(dir, 'src/checks/index.ts')
    writeFileSync(
      index,
      imported + readFileSync(index, 'utf8').replace(/^ {2}singular,\n/m, (singular) => singular + line),
    )

    const project = path.join(dir, 'project')
    cpSync(path.join(ROOT, 'examples/acme'), project, { recursive: true })
    mkdirSync(path.join(project, 'models'))
    writeFileSync(path.join(project, 'models/companies.yml'), textsOf(blocks, 'yaml')[0] ?? '')
    const said = textsOf(blocks, 'text')[0] ?? ''
    expect(said).toContain('company_id')
    // Which of the wrong rows is shown first is the database's choice.
    const [sentences = '', row = ''] = said.split(/^(?= {2}- )/m)
    const printed = printedBy(dir, ['--import', 'tsx', 'src/cli.ts', '--project-dir', 'project', 'build'])
    expect(printed).toContain(`${sentences}  - company_id = '`)
    expect(row).toMatch(/^ {2}- company_id = '[^a]/)
  })
})

const textsOf = (blocks: ReturnType<typeof blocksOf>, language: string) =>
  blocks.filter((block) => block.language === language).map(({ text }) => text)

/** What a command prints that ends with 1. */
function printedBy(cwd: string, args: readonly string[]): string {
  try {
    execFileSync(process.execPath, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string }
    expect(status).toBe(1)
    return stdout
  }
  throw new Error('it was to fail')
}
