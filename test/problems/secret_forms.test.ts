/** Forms of misconfiguration in which a secret turns up where nobody looked for one: none of it is printed. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { gwh } from '../support/cli.ts'
import { goodBut, writeProject, type Files } from '../support/projects.ts'

const CANARY = 'c4nary-Value'

interface Form {
  readonly files: Files
  readonly env?: NodeJS.ProcessEnv
  readonly args?: readonly string[]
  /** What is said nevertheless. */
  readonly shown: string
}

const PG = "{ type: postgres, url: '${GWH_POSTGRES_URL}' }"
const target = (text: string, files: Files = {}): Files =>
  goodBut({ 'target: dev': 'target: pg', [PG]: text }, files)

const FORMS: Readonly<Record<string, Form>> = {
  'a URL in a file that is no YAML': {
    files: target(`{ type: postgres, url: 'postgresql://ann:${CANARY}@db.example/stats }`),
    shown: 'invalid_yaml',
  },
  'a password in a file that is no YAML': {
    files: goodBut({ 'name: small': `name: small\npassword: ${CANARY}: x` }),
    shown: 'invalid_yaml',
  },
  'a password with an ampersand, which YAML reads as an anchor': {
    files: target(`{ type: postgres, url: 'postgresql:///x', password: &${CANARY} }`),
    shown: 'unknown_field',
  },
  'a password with an asterisk, which YAML reads as an alias': {
    files: target(`{ type: postgres, url: 'postgresql:///x', password: *${CANARY} }`),
    shown: 'invalid_yaml',
  },
  'a password over several lines': {
    files: target(`\n    type: postgres\n    url: postgresql:///x\n    password: |\n      ${CANARY}\n`),
    shown: 'unknown_field',
  },
  'a field that targets have not': {
    files: target(`{ type: postgres, url: 'postgresql:///x', kennwort: ${CANARY} }`),
    shown: '`targets.pg.kennwort` is not a known field',
  },
  'a field of secrets beside those of a source': {
    files: goodBut({ 'file: events.csv': `file: events.csv\n    api_key: ${CANARY}` }),
    shown: 'unknown_field',
  },
  'a token in the path of a database': {
    files: goodBut({ 'path: target/small.duckdb': `path: 'md:stats?motherduck_token=${CANARY}'` }),
    args: ['--target', 'dev'],
    shown: 'md:stats?motherduck_token=*****',
  },
  'a password in the path of a database': {
    files: goodBut({ 'path: target/small.duckdb': `path: "postgres:host=db.example password='${CANARY}'"` }),
    args: ['--target', 'dev'],
    shown: "postgres:host=db.example password='*****'",
  },
  'a quote in the password of a URL': {
    files: target(`\n    type: postgres\n    url: "postgresql://ann:${CANARY}"${CANARY}@db.example/stats"\n`),
    shown: 'invalid_yaml',
  },
  'what YAML takes for a comment in the password of a URL': {
    files: target(`\n    type: postgres\n    url: postgresql://ann:x #${CANARY}@127.0.0.1:1/stats\n`),
    shown: 'connection_failed',
  },
  'what YAML takes for a comment in a password': {
    files: target(`\n    type: postgres\n    url: postgresql:///x\n    password: abcd #${CANARY}\n`),
    shown: 'unknown_field',
  },
  'a password in braces': {
    files: target(`\n    type: postgres\n    url: postgresql:///x\n    password: {${CANARY}}\n`),
    shown: 'unknown_field',
  },
  'a URL in braces': {
    files: target(`\n    type: postgres\n    url: {${CANARY}: x}\n`),
    shown: 'must be a text',
  },
  'a text in several lines that is indented badly': {
    files: target(
      `\n    type: postgres\n    password: |\n      ${CANARY}\n     ${CANARY}\n   ${CANARY}\n    url: postgresql:///x\n`,
    ),
    shown: 'invalid_yaml',
  },
  'a password in a list that breaks off': {
    files: target(`\n    type: postgres\n    password: ${CANARY}\n    - ${CANARY}\n`),
    shown: 'invalid_yaml',
  },
  'a URL with an asterisk, which YAML reads as an alias': {
    files: target(`\n    type: postgres\n    url: *${CANARY}\n`),
    shown: 'invalid_yaml',
  },
  'a URL without its host': {
    files: target(`\n    type: postgres\n    url: postgresql://ann:${CANARY}\n`),
    shown: 'connection_failed',
  },
  'the rest of a password after the path of a URL': {
    files: target(`\n    type: postgres\n    url: 'postgresql://ann@127.0.0.1:1/shop#${CANARY}'\n`),
    shown: 'connection_failed',
  },
  'a URL as a list': {
    files: target(`{ type: postgres, url: ['postgresql://ann:${CANARY}@db.example/stats'] }`),
    shown: 'must be a text',
  },
  'a URL in place of a target': {
    files: target(`postgresql://ann:${CANARY}@db.example/stats`),
    shown: 'db.example/stats',
  },
  'a URL in place of a target, from a variable': {
    files: target("'${DATABASE}'"),
    env: { DATABASE: `postgresql://ann:${CANARY}@db.example/stats` },
    shown: 'must be a map',
  },
  'a target without a type': {
    files: target(`{ url: 'postgresql://ann:${CANARY}@db.example/stats' }`),
    shown: 'missing_field',
  },
  'a URL without its scheme': {
    files: target(`{ type: postgres, url: 'ann:${CANARY}@db.example/stats' }`),
    shown: 'cannot be read',
  },
  'a URL that cannot be read': {
    files: target(`{ type: postgres, url: 'postgresql://ann:${CANARY}@db.example:port/stats' }`),
    shown: 'cannot be read',
  },
  'a password that should have been encoded': {
    files: target(`{ type: postgres, url: 'postgresql://ann:a/${CANARY}?b#c@127.0.0.1:1/stats' }`),
    shown: 'connection_failed',
  },
  'a token in place of a user': {
    files: target(`{ type: postgres, url: 'postgresql://${CANARY}@127.0.0.1:1/stats' }`),
    shown: '127.0.0.1:1/stats',
  },
  'a password in the query of a URL': {
    files: target(
      `{ type: postgres, url: 'postgresql://127.0.0.1:1/stats?password=${CANARY}&sslmode=disable' }`,
    ),
    shown: '127.0.0.1:1/stats',
  },
  'a connection URL as the path of a database': {
    files: goodBut({ 'target/small.duckdb': `'postgresql://ann:${CANARY}@db.example/stats'` }),
    shown: 'path_outside_project',
  },
  'a URL of a target that is not in use': {
    files: goodBut({
      [PG]: `{ type: postgres, url: 'postgresql://ann:${CANARY}@db.example/stats', shema: x }`,
    }),
    shown: '`targets.pg.shema` is not a known field',
  },
  'the signature of a file elsewhere': {
    files: goodBut({ 'events.csv': `'https://files.example/events.csv?X-Amz-Signature=${CANARY}'` }),
    shown: 'files.example/events.csv',
  },
  'a variable in a field that takes a number': {
    files: goodBut({ 'type: duckdb, ': "type: duckdb, threads: '${SETTING}', " }),
    env: { SETTING: CANARY },
    shown: 'must be a number',
  },
  'a variable in a field that takes one of some words': {
    files: goodBut({ 'target: dev': "target: dev\nweek_start: '${SETTING}'" }),
    env: { SETTING: CANARY },
    shown: 'must be one of',
  },
  'a variable in a field that takes the name of something': {
    files: goodBut({ 'target: dev': "target: dev\ntimezone: '${SETTING}'" }),
    env: { SETTING: CANARY },
    shown: 'unknown_timezone',
  },
  'a default in place of a secret': {
    files: goodBut({ 'target: dev': `target: dev\ntimezone: \${DB_PASSWORD:-${CANARY}}` }),
    shown: 'unknown_timezone',
  },
  'a secret of .env in a name': {
    files: goodBut({ 'file: events.csv': "file: '${API_TOKEN}.csv'" }, { '.env': `API_TOKEN=${CANARY}\n` }),
    shown: '*****.csv',
  },
  "dbt's secrets, which nobody reads": {
    files: goodBut({}, { 'models/wrong.sql': `select '${CANARY}' as x, nope from {{ ref('events') }}\n` }),
    env: { DBT_ENV_SECRET_SALT: CANARY },
    shown: 'nope',
  },
  'a comment with the old password': {
    files: goodBut({ 'target: dev': `target: dev\ntimezone: Mars/Base # old password: ${CANARY}` }),
    shown: 'unknown_timezone',
  },
  'variables for --vars that cannot be read': {
    files: goodBut({}),
    args: ['--vars', `{deploy_token: ${CANARY}: x}`],
    shown: '--vars is not readable as YAML',
  },
  'a variable of --vars in SQL that is wrong': {
    files: goodBut({}, { 'models/wrong.sql': "select '{{ var('keys').api_token }}' as x, nope\n" }),
    args: ['--vars', `{keys: {api_token: ${CANARY}}}`],
    shown: 'nope',
  },
  'an option that is misspelled': {
    files: goodBut({}),
    args: [`--vasr={deploy_token: ${CANARY}}`],
    shown: 'unknown option',
  },
}

/** All that a command prints and leaves behind. */
async function tracesOf({ files, env = {}, args = [] }: Form): Promise<string> {
  const dir = writeProject(files)
  const own = Object.keys(files)
  const onGitHub = { ...env, GITHUB_ACTIONS: 'true' }
  const texts: string[] = []
  for (const command of [
    ['build', '--debug', '--junit', 'report.xml'],
    ['build', '--log-format', 'json', '--junit', 'report.json.xml'],
    ['debug'],
    ['compile'],
  ]) {
    const { stdout, stderr } = await gwh(dir, [...command, ...args], onGitHub)
    texts.push(stdout, stderr)
  }
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    if (entry.isFile() && !own.includes(path.relative(dir, file))) texts.push(readFileSync(file, 'latin1'))
  }
  return texts.join('\n')
}

describe('nothing is printed of', () => {
  test.concurrent.each(Object.entries(FORMS))('%s', async (_, form) => {
    const said = await tracesOf(form)
    expect(said).toContain(form.shown)
    expect(said).not.toContain(CANARY)
  })
})
