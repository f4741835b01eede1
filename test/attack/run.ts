/** Runs attacks, or a sample of them, and counts what does not hold. */
import { ATTACKS, type Attack, type Place } from './attacks.ts'
import { Ground } from './ground.ts'
import type { Options } from './options.ts'
import { merged, type Row } from './rows.ts'
import type { Share, Turn } from './sample.ts'
import { STANDING } from './standing.ts'
import type { Engine, ServerOf } from './targets.ts'

const PLACES = ['anywhere', 'narrow role', 'small disk', 'small server'] as const satisfies readonly Place[]

/** Rounds in which all kinds of attacks are made, each a bit further: whoever ends it early has some of each. */
const ROUNDS = 40

export async function runAttacks(server: ServerOf, options: Options): Promise<Row[]> {
  const grounds = PLACES.flatMap((place) =>
    options.engines.map((engine) => ({
      ground: new Ground(server, engine, place, options),
      attacks: attacksOn(engine, options).filter(({ attack }) => attack.place === place),
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
        for (const { attack, turn } of attacks) made.push(await ground.attack(attack, turn, share))
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

function attacksOn(engine: Engine, options: Options): { attack: Attack; turn: Turn }[] {
  const attacks = ATTACKS.filter(
    ({ on, section, kind }) =>
      on.includes(engine) && options.sections.includes(section) && !options.without?.includes(kind),
  )
  const takeTurns = attacks.filter(({ at }) => options.inTurns && at === 'every statement')
  return attacks.map((attack) => {
    const index = takeTurns.indexOf(attack)
    return { attack, turn: index < 0 ? { index: 0, of: 1 } : { index, of: takeTurns.length } }
  })
}

const shareOf =
  (round: number, { part = { index: 0, of: 1 } }: Options): Share =>
  (i) =>
    i % part.of === part.index && Math.floor(i / part.of) % ROUNDS === round
