/** Passwords and other secrets: which values they are, and texts without them. */
import type { TargetOptions } from './schema.ts'
import type { Variables } from './variables.ts'

/** What stands in the place of a secret. */
export const HIDDEN = '*****'

/** A shorter value would be found everywhere, and would be no secret. */
const SHORTEST = 4

const SECRET_NAME =
  /PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIAL|TOKENS?(_|$)|_PWD$|(^|(?<!GROUP)_|API|ACCESS|PRIVATE)KEYS?(_|$)/i

/** A variable that by its name holds a secret. The key of a group is none. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name)

/** dbt's rule: such variables are hidden, whoever reads them. */
export const isAlwaysSecret = (name: string): boolean => name.startsWith('DBT_ENV_SECRET_')

/**
 * The password of a target in every form that it can turn up in: as it stands in the URL and decoded; and the
 * values of variables, also as they stand in an SQL literal and line by line, as SQL is indented.
 * One that is also the name of the user, the database or the schema is in plain view; hiding it would only
 * make those names unreadable.
 * @param secret names of variables
 */
export function secretsOf(
  target: TargetOptions,
  variables: Variables,
  secret: Iterable<string> = [],
): string[] {
  const url = target.type === 'postgres' ? urlParts(target.url) : { inView: [], passwords: [] }
  const passwords = target.type === 'postgres' ? [...url.passwords, variables['PGPASSWORD'] ?? ''] : []
  const inView = [...url.inView, target.schema].map(decoded)
  const values = [...secret]
    .flatMap((name) => [variables[name] ?? '', ...(variables[name] ?? '').split(/\r?\n/)])
    .flatMap((value) => [value, value.trim(), value.trim().replaceAll("'", "''")])
    .filter((value) => value.trim().length >= SHORTEST)
  const all = new Set([
    ...passwords.flatMap((password) => [password, decoded(password), decoded(password.replaceAll('+', ' '))]),
    ...values,
  ])
  return [...all]
    .filter((value) => value !== '' && !inView.includes(value))
    .sort((a, b) => b.length - a.length)
}

function urlParts(url: string): { inView: string[]; passwords: string[] } {
  const [, scheme = '', userinfo = '', rest = ''] = /^([a-z]+:\/\/)(?:([^/?#]*)@)?(.*)$/is.exec(url) ?? []
  const [user = '', ...password] = userinfo.split(':')
  const [place = '', query = ''] = rest.split(/\?(.*)/s)
  const asked = [...query.matchAll(/(?:^|&)(?:password|sslpassword)=([^&#]*)/g)].map(
    (match) => match[1] ?? '',
  )
  return { inView: [scheme, user, place.split('/')[1] ?? ''], passwords: [password.join(':'), ...asked] }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The text with passwords of connection URLs hidden, whatever they are; variables say nothing and stay. */
export const withoutPasswords = (text: string): string =>
  text
    .replaceAll(/([a-z]:\/\/[^\s:/@'"]*:)(?!\$\{\w+\}@)[^\s'"]+@/gi, `$1${HIDDEN}@`)
    .replaceAll(/([?&](?:ssl)?password=)(?!\$\{)[^\s&'"]+/gi, `$1${HIDDEN}`)

/** The text with these values hidden. */
export const redact = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((safe, secret) => safe.replaceAll(secret, HIDDEN), text)
