/** Runs attacks, or a sample of them, and counts what does not hold. */
import { ATTACKS, type Place } from './attacks.ts'
import { Ground } from './ground.ts'
import type { Options } from './options.ts'
import { merged, type Row } from './rows.ts'
import type { Share } from './sample.ts'
import { STANDING } from './standing.ts'
import type { ServerOf } from './targets.ts'

const PLACES = ['anywhere', 'narrow role', 'small disk', 'small server'] as const satisfies readonly Place[]

/** Rounds in which all kinds of attacks are made, each a bit further: whoever ends it early has some of each. */
const ROUNDS = 40

export async function runAttacks(server: ServerOf, options: Options): Promise<Row[]> {
  const grounds = PLACES.flatMap((place) =>
    options.engines.map((engine) => ({
      ground: new Ground(server, engine, place, options),
      attacks: ATTACKS.filter(
        (a) =>
          a.place === place &&
          a.on.includes(engine) &&
          options.sections.includes(a.section) &&
          !options.without?.includes(a.kind),
      ),
      standing: STANDING.filter(
        (s) => s.place === place && s.on === engine && options.sections.includes(s.section),
      ),
    })),
  )
  let rows: Row[] = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const share = shareOf(round, options)
      for (const { ground, attacks, standing } of grounds) {
        const made: Row[] = []
        for (const attack of attacks) made.push(await ground.attack(attack, share))
        for (const one of standing.filter((_, i) => share(i))) made.push(await ground.stand(one))
        rows = merged([rows, made])
        options.soFar?.(rows)
      }
    }
  } finally {
    for (const { ground } of grounds) await ground.leave()
  }
  return rows
}

const shareOf =
  (round: number, { part = { index: 0, of: 1 } }: Options): Share =>
  (i) =>
    i % part.of === part.index && Math.floor(i / part.of) % ROUNDS === round
