/** Stands between gwh and a PostgreSQL server, counts the statements of the first connection and attacks at one of them. */
import { once } from 'node:events'
import net from 'node:net'
import path from 'node:path'

/** What happens at the statement; statements count from 1. */
export type Attack =
  /** Something outside, before the statement reaches the server. */
  | { readonly at: number; readonly kind: 'meanwhile'; readonly act: () => Promise<void> }
  /** The statement never reaches the server, and the connection is gone. */
  | { readonly at: number; readonly kind: 'lost before' }
  /** The server has done it, and its answer never arrives. */
  | { readonly at: number; readonly kind: 'lost after' }
  /** The same, on a connection that lives on in silence. */
  | { readonly at: number; readonly kind: 'swallowed' }
  /** The same, and nobody answers any more. */
  | { readonly at: number; readonly kind: 'gone after' }
  /** The same, and whoever connects from then on is let in and hears nothing. */
  | { readonly at: number; readonly kind: 'mute after' }
  /** The statement arrives, and the connection is gone for gwh alone: the session lives on. */
  | { readonly at: number; readonly kind: 'cut off' }
  | undefined

export interface Proxy {
  /** The URL of the database, by way of the proxy. */
  readonly url: string
  /** Statements of the first connection so far, in order. */
  readonly statements: readonly string[]
  /** Whether what was to happen has happened. */
  readonly happened: boolean
  /** How many connections were let in and heard nothing. */
  readonly unheard: number
  close(): Promise<void>
}

/** @param at decides what happens at a statement, once */
export async function startProxy(
  url: string,
  choose: (statement: string, number: number) => Attack,
): Promise<Proxy> {
  const real = new URL(url)
  const folder = real.searchParams.get('host') ?? ''
  const upstream =
    folder === ''
      ? { host: real.hostname, port: Number(real.port || 5432) }
      : { path: path.join(folder, `.s.PGSQL.${real.port || 5432}`) }
  const statements: string[] = []
  const state = { happened: false, gone: false, mute: false, unheard: 0, connections: 0 }
  const sockets = new Set<net.Socket>()
  const server = net.createServer((client) => {
    const isFirst = state.connections++ === 0
    if (state.gone) return void client.destroy()
    if (state.mute) {
      state.unheard += 1
      sockets.add(client)
      return void client.on('error', () => undefined)
    }
    const database = net.connect(upstream as net.TcpNetConnectOpts)
    for (const socket of [client, database]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        if (isCut && socket === client) return
        client.destroy()
        database.destroy()
      })
    }
    let [silent, started, swallows, isBusy, isCut] = [false, false, false, false, false]
    let waiting = Buffer.alloc(0)
    client.on('data', (chunk) => {
      if (!isFirst) return void database.write(chunk)
      waiting = Buffer.concat([waiting, chunk])
      // Whatever comes while a statement is held back waits behind it.
      if (isBusy) return
      isBusy = true
      pass().then(
        () => (isBusy = false),
        () => client.destroy(),
      )
    })
    const pass = async () => {
      for (;;) {
        // The first message of a connection has no letter.
        const letter = started ? 1 : 0
        if (waiting.length < letter + 4) return
        const length = waiting.readInt32BE(letter) + letter
        if (waiting.length < length) return
        const message = waiting.subarray(0, length)
        waiting = waiting.subarray(length)
        const statement = started ? textOf(message) : undefined
        started = true
        if (statement !== undefined && !state.happened) {
          statements.push(statement)
          const attack = choose(statement, statements.length)
          if (attack?.at === statements.length) {
            state.happened = true
            if (attack.kind === 'lost before') return void client.destroy()
            state.gone = attack.kind === 'gone after'
            state.mute = attack.kind === 'mute after'
            swallows = attack.kind === 'swallowed'
            silent = !['meanwhile', 'lost before'].includes(attack.kind)
            isCut = attack.kind === 'cut off'
            if (isCut) client.destroy()
            if (attack.kind === 'meanwhile') await attack.act()
          }
        }
        database.write(message)
      }
    }
    database.on('data', (chunk) => {
      // G: COPY is yet to be given its rows.
      if (!silent || chunk[0] === 0x47) client.write(chunk)
      // Z: the server has done what it was asked, and waits for the next statement.
      else if (!swallows && chunk.subarray(-6, -5).toString() === 'Z') client.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String((server.address() as net.AddressInfo).port)
  through.searchParams.delete('host')
  return {
    url: through.href,
    statements,
    get happened() {
      return state.happened
    },
    get unheard() {
      return state.unheard
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Of a simple query, and of one that is parsed for the extended protocol. */
function textOf(message: Buffer): string | undefined {
  const kind = String.fromCharCode(message[0] ?? 0)
  if (kind === 'Q') return message.subarray(5, -1).toString()
  if (kind !== 'P') return undefined
  const name = message.indexOf(0, 5)
  return message.subarray(name + 1, message.indexOf(0, name + 1)).toString()
}
