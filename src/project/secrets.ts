/** Passwords and other secrets: which values they are, and texts without them. */

/** What stands in the place of a secret. */
export const HIDDEN = '*****'

/** A shorter value would be found everywhere, and would be no secret. */
const SHORTEST = 4

const SECRET_NAME =
  /PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIAL|TOKENS?(_|$)|(^|_)PWD$|(^|_|DB|USER|MY)PASS(_|$)|(?<!(GROUP|PRIMARY|FOREIGN|UNIQUE|NATURAL|SURROGATE|SORT|PARTITION|CLUSTER|JOIN)_?|MON|TUR|HOC|DON|WHIS|JOC)KEYS?(_|$)/i

/** A variable or a field that by its name holds a secret. Keys of groups and tables are none, nor is a shell's PWD. */
export const isSecretName = (name: string): boolean => name !== 'PWD' && SECRET_NAME.test(name)

/**
 * A secret that could as well be a word: a relation may be called like it, or a field of gwh's own. Where a name stands
 * and nothing else, it is not looked for.
 */
const WORD = /^[a-z_]{1,11}$/

/** dbt's rule: such variables are hidden, whoever reads them. */
export const isAlwaysSecret = (name: string): boolean => name.startsWith('DBT_ENV_SECRET_')

/**
 * The secrets of one call, from the first that is read: what is printed before all is read hides those that are
 * known by then. A value that is also a name in plain view (`show`) is not hidden; it would only make the name
 * unreadable.
 */
export class Secrets {
  readonly #values = new Set<string>()
  readonly #shown = new Set<string>()
  #sorted: readonly string[] | undefined

  /** What is hidden, the longest first, so that no part of it stays. */
  get values(): readonly string[] {
    this.#sorted ??= [...this.#values]
      .filter((value) => !this.#shown.has(value))
      .sort((a, b) => b.length - a.length)
    return this.#sorted
  }

  /** A secret: whole and line by line, as SQL is indented, also as it stands in an SQL literal and in JSON. */
  add(value: string): void {
    const lines = [value, ...value.split(/\r?\n/)].flatMap((text) => [text, text.trim()])
    for (const text of lines) this.#addForms(text, SHORTEST)
  }

  /** A password, however short. */
  addPassword(value: string): void {
    for (const text of [value, decoded(value), decoded(value.replaceAll('+', ' '))]) this.#addForms(text, 1)
  }

  /**
   * What a URL holds in its user part and its query; nothing where the value is no URL. Host and path are no secrets,
   * and neither is what is but a word, such as the `require` of `sslmode=require`: it is hidden in the URL only.
   * @param lenient takes the scheme for forgotten where there is none
   */
  addUrl(value: string, lenient = false): void {
    const url = partsOf(value.trim(), lenient)
    if (!url) return
    const { scheme, userinfo, place, query } = url
    const [user = '', ...password] = userinfo.split(':')
    const [named = '', fragment = ''] = place.split(/#(.*)/s)
    this.add(fragment)
    if (!isPlace(place)) {
      this.add(place)
      for (const part of place.split(':')) this.addPassword(part)
      return
    }
    const [host = '', ...database] = named.split('/')
    for (const name of [scheme.replace('://', ''), host.replace(/:\d*$/, ''), database.join('/')])
      this.show(name)
    // A token may stand in the place of a user.
    if (TOKEN.test(user)) this.add(decoded(user))
    else this.show(decoded(user))
    this.addPassword(password.join(':'))
    if (password.length > 0) this.#addForms(userinfo, SHORTEST)
    if (query !== '') this.#addForms(query, SHORTEST)
    for (const [, name = '', given = ''] of query.matchAll(/(?:^|&)([^=&#]*)=?([^&#]*)/g)) {
      if (PASSWORD_OF_QUERY.test(name)) this.addPassword(given)
      else if (TOKEN.test(given) && !given.startsWith('/')) this.add(decoded(given))
    }
  }

  /** A connection string that is no URL: `md:db?motherduck_token=…`, `postgres:host=db password=…`. */
  addConnection(value: string): void {
    for (const [, name = '', given = ''] of value.matchAll(
      /([^\s?&=:;]+)\s*=\s*('(?:[^'\\]|\\.)*'|[^\s&;]*)/g,
    ))
      if (PASSWORD_OF_QUERY.test(name)) this.addPassword(given.replace(/^'(.*)'$/s, '$1'))
  }

  /** A name that is printed anyway. */
  show(name: string): void {
    if (name === '' || this.#shown.has(name)) return
    this.#shown.add(name)
    this.#sorted = undefined
  }

  /** The text with the secrets hidden, and the user parts of URLs that nobody has told of. */
  hide(text: string): string {
    return withoutUsers(this.hideIn(text))
  }

  /** A name, or a file named after one. A password such as `test` is not hidden in it, but one that no name looks like. */
  hideInName(name: string): string {
    return withoutUsers(
      this.values.reduce((safe, secret) => (WORD.test(secret) ? safe : without(safe, secret)), name),
    )
  }

  /** Data with the secrets hidden. It may hold URLs of its own, and every digit that is also a password. */
  hideIn(text: string, shortest = 1): string {
    return this.values.reduce(
      (safe, secret) => (secret.length < shortest ? safe : without(safe, secret)),
      text,
    )
  }

  #addForms(text: string, shortest: number): void {
    if (text.trim().length < shortest || VARIABLES.test(text)) return
    const forms = [text, text.replaceAll("'", "''"), JSON.stringify(text).slice(1, -1)]
    for (const form of forms) {
      if (this.#values.has(form)) continue
      this.#values.add(form)
      this.#sorted = undefined
    }
  }
}

/** A short secret is only looked for as a word of its own: as part of others it would be found everywhere. */
function without(text: string, secret: string): string {
  if (secret.length >= SHORTEST) return text.replaceAll(secret, HIDDEN)
  if (!text.includes(secret)) return text
  const before = /^\w/.test(secret) ? '(?<!\\w)' : ''
  const after = /\w$/.test(secret) ? '(?!\\w)' : ''
  const escaped = secret.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  return text.replaceAll(new RegExp(before + escaped + after, 'g'), HIDDEN)
}

interface UrlParts {
  /** With its `://`. */
  readonly scheme: string
  readonly userinfo: string
  /** Host, port and path. */
  readonly place: string
  readonly query: string
}

/** A URL by its parts, also where its password holds what should have been encoded. */
function partsOf(text: string, lenient = false): UrlParts | undefined {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(text) ?? []
  if (scheme === '' && !lenient) return undefined
  const [authority = ''] = /^[^/?#]*/.exec(rest) ?? []
  const isHost = /^([^:]*|\[[^\]]*\])(:\d*)?$/.test(authority)
  const before = authority.includes('@') ? authority : isHost ? rest.replace(/\?.*$/s, '') : rest
  const end = before.lastIndexOf('@')
  const [place = '', query = ''] = rest.slice(end + 1).split(/\?(.*)/s)
  return { scheme, userinfo: rest.slice(0, Math.max(0, end)), place, query }
}

/** Hosts with their ports, and a path. */
const isPlace = (place: string): boolean =>
  /^(([^:,/?#]*|\[[^\]]*\])(:(\d|\$\{\w+\})*)?)(,([^:,/?#]*|\[[^\]]*\])(:\d*)?)*([/#].*)?$/s.test(place)

/** Variables that are yet to be resolved say nothing. */
const VARIABLES = /^["']?(\$\{\w+\}[:@]?)+["']?$/

/** No name and no setting. */
const TOKEN = /^(?=.*[\dA-Z]).{12,}$/s

/** As drivers and presigned URLs call them. */
const PASSWORD_OF_QUERY = /password|passwd|pwd|secret|token|key|sig|credential/i

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** As help and messages write it themselves. */
const EXAMPLE = 'user:password'

/** URLs in a text, as far as one can tell where they end. */
const URLS = /\b[a-z][a-z0-9+.-]*:\/\/[^\s'"]*[^\s'",;)}\]]/gi

/** A variable says nothing. */
const hidden = (part: string): string => (/^(\$\{\w+\}:?)*$/.test(part) || part === EXAMPLE ? part : HIDDEN)

/** The text with the passwords of all URLs hidden, and the users before them. */
function withoutUsers(text: string): string {
  // Of thousands of compiled files hardly one has a URL.
  if (!text.includes('://')) return text
  return text.replaceAll(URLS, (url) => {
    const { scheme = '', userinfo = '' } = partsOf(url) ?? {}
    return userinfo.includes(':')
      ? `${scheme}${hidden(userinfo)}${url.slice(scheme.length + userinfo.length)}`
      : url
  })
}

/** The text with the user parts and the queries of all URLs hidden, whatever they are. */
export const withoutUrlSecrets = (text: string): string =>
  text.replaceAll(URLS, (url) => urlWithoutSecrets(url) ?? url)

/**
 * A URL with its user part and the values of its query hidden; undefined where the text is none.
 * @param strict hides a text whole that is no URL
 */
export function urlWithoutSecrets(text: string, strict = false): string | undefined {
  const url = partsOf(text.trim())
  if (!url) return strict ? HIDDEN : undefined
  const { scheme, userinfo, place, query } = url
  // what is no host is a part of a password, or a URL without its host
  if (!isPlace(place)) return `${scheme}${HIDDEN}`
  const asked = query.replaceAll(/=([^&#]*)/g, (_, value: string) => `=${hidden(value)}`)
  return `${scheme}${userinfo === '' ? '' : `${hidden(userinfo)}@`}${place.replace(/#.+$/s, `#${HIDDEN}`)}${asked === '' ? '' : `?${asked}`}`
}
