/** Makes a part of the table of attacks, for main.ts. */
import type { Options } from './options.ts'
import { runAttacks } from './run.ts'
import type { ServerOf } from './targets.ts'

const { server, options } = JSON.parse(process.argv[2] ?? '') as { server: ServerOf; options: Options }
// Small disks and servers go when the process ends by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
await runAttacks(server, {
  ...options,
  say: (line) => console.log(line),
  soFar: (rows) => process.send?.(rows),
})
process.disconnect()
