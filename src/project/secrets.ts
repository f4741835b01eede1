/** Passwords: which values they are, and texts without them. */
import type { TargetOptions } from './schema.ts'
import type { Variables } from './variables.ts'

const HIDDEN = '*****'

/**
 * The password of a target in every form that it can turn up in: as it stands in the URL and decoded.
 * One that is also the name of the user, the database or the schema is in plain view; hiding it would only
 * make those names unreadable.
 */
export function secretsOf(target: TargetOptions, variables: Variables): string[] {
  if (target.type !== 'postgres') return []
  const [, scheme = '', userinfo = '', rest = ''] =
    /^([a-z]+:\/\/)(?:([^/?#]*)@)?(.*)$/is.exec(target.url) ?? []
  const [user = '', ...password] = userinfo.split(':')
  const [place = '', query = ''] = rest.split(/\?(.*)/s)
  const asked = [...query.matchAll(/(?:^|&)(?:password|sslpassword)=([^&#]*)/g)].map(
    (match) => match[1] ?? '',
  )
  const written = [password.join(':'), ...asked, variables['PGPASSWORD'] ?? '']
  const inView = [scheme, user, place.split('/')[1] ?? '', target.schema].map(decoded)
  const all = new Set(
    written.flatMap((secret) => [secret, decoded(secret), decoded(secret.replaceAll('+', ' '))]),
  )
  return [...all]
    .filter((secret) => secret !== '' && !inView.includes(secret))
    .sort((a, b) => b.length - a.length)
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
