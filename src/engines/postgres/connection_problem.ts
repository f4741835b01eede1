/** Why there is no connection to a server, for people and without the user's name. */
import type { Client } from 'pg'
import type { Problem } from '../../problems.ts'
import { HIDDEN } from '../../project/secrets.ts'

/** Without the user: what stands before the `@` of a URL is not printed. */
export const whereOf = (client: Client): string => `${client.host}:${client.port}/${client.database ?? ''}`

/** How long a server may take to answer. */
export const CONNECT_SECONDS = 15

const TRY_AGAIN = 'Build again in a moment, when the server is ready for it.'

/** @param client undefined where the URL could not be read */
export function connectionProblem(error: unknown, client: Client | undefined): Problem {
  const { code, message } = error as { code?: string; message?: string }
  const where = client ? whereOf(client) : 'The URL'
  const said = message === undefined || message === '' ? code : message
  const cause = ['user', 'role'].reduce(
    (text, who) => text?.replaceAll(`${who} "${client?.user ?? ''}"`, `${who} "${HIDDEN}"`),
    said,
  )
  const known: Partial<Record<string, { message: string; fix: string }>> = {
    '28P01': {
      message: `The password for ${where} is wrong.`,
      fix: 'Check the user and the password in the URL.',
    },
    '28000': {
      message: `${where} is not allowed in.`,
      fix: "Check the user in the URL, and the server's pg_hba.conf.",
    },
    '3D000': {
      message: `There is no database \`${client?.database ?? ''}\` on ${client?.host ?? ''}.`,
      fix: 'Create it, or correct the URL.',
    },
    ECONNREFUSED: {
      message: `No server answers at ${where}.`,
      fix: 'Is PostgreSQL running there, on that port?',
    },
    ENOENT: {
      message: `No server answers at ${where}.`,
      fix: 'Is PostgreSQL running there, on that socket?',
    },
    ECONNRESET: { message: `${where} closed the connection before it answered.`, fix: TRY_AGAIN },
    ETIMEDOUT: { message: `${where} does not answer.`, fix: 'Check the host, the port and the firewall.' },
    '53300': { message: `${where} has no room for another connection.`, fix: TRY_AGAIN },
    '57P03': { message: `${where} does not take connections now.`, fix: TRY_AGAIN },
    ENOTFOUND: { message: `The host of ${where} is not known.`, fix: 'Check the host in the URL.' },
  }
  if (client && message === 'timeout expired')
    return {
      code: 'connection_failed',
      message: `${where} did not answer within ${CONNECT_SECONDS} s.`,
      fix: 'Check the host, the port and the firewall, and whether the server is up.',
    }
  if (cause?.includes('password must be a string')) {
    // The driver's words for a server that asks for a password where there is none.
    const fix = 'Write it into the URL, as postgresql://user:password@host/database, or set PGPASSWORD.'
    return { code: 'connection_failed', message: `${where} asks for a password.`, fix }
  }
  if (client === undefined && (code === 'ENOENT' || code === 'EACCES'))
    return {
      code: 'connection_failed',
      message: 'A file that the URL of the target names cannot be read.',
      fix: 'Check `sslcert`, `sslkey` and `sslrootcert` in the URL.',
      cause: code,
    }
  const found = known[code ?? ''] ?? {
    message: client ? `${where} cannot be connected to.` : 'The URL of the target cannot be read.',
    fix: 'Write the URL as postgresql://user:password@host:5432/database.',
  }
  return { code: 'connection_failed', ...found, cause }
}
