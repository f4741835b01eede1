/** One attack after the other on one target; each is followed by a build that has to succeed. */
import { writeFiles } from '../support/files.ts'
import type { Attack, Place } from './attacks.ts'
import { cleanBuild, gwh } from './builds.ts'
import { faultsOf, PATIENCE, type Fault } from './faults.ts'
import type { Options } from './options.ts'
import { isWhole, versionsOf } from './readers.ts'
import { emptyRow, type Counting, type Row } from './rows.ts'
import { positionsOf, shuffled, type Share, type Turn } from './sample.ts'
import type { Standing } from './standing.ts'
import { commitOfPublishing, statementsOf, stopAt, toldIn, type Statement } from './stops.ts'
import { makeTarget, type Engine, type ServerOf, type Target } from './targets.ts'
import { COUNTS, FIRST, other, versioned } from './versions.ts'

/** One target, on which one attack follows the other; a new one where something was left wrong. */
export class Ground {
  readonly #server: ServerOf
  readonly #engine: Engine
  readonly #place: Place
  readonly #options: Options
  #target: Target | string | undefined
  #statements: readonly Statement[] | undefined
  #now = FIRST

  constructor(server: ServerOf, engine: Engine, place: Place, options: Options) {
    this.#server = server
    this.#engine = engine
    this.#place = place
    this.#options = options
  }

  async attack(attack: Attack, turn: Turn, share: Share): Promise<Row> {
    const target = await this.#ready()
    const { section, kind } = attack
    const row = emptyRow(section, kind, this.#engine)
    if (typeof target === 'string') return { ...row, skipped: target }
    const statements = (this.#statements ??= await this.#counted(target))
    const places = this.#placesOf(attack, turn, statements)
    for (const { at, delay } of places.filter((_, i) => share(i))) {
      await this.#one(row, async (ready, before, next) => {
        const stopped = await stopAt(ready, kind, at, next, delay)
        if (!stopped) return undefined
        row.reads += stopped.seen.reads
        row.longest = Math.max(row.longest, stopped.took)
        row.told[stopped.told] = (row.told[stopped.told] ?? 0) + 1
        return faultsOf(stopped, before, next, this.#options.patience ?? PATIENCE)
      })
    }
    row.statements = attack.at === 'the commit' ? undefined : statements.length
    return row
  }

  async stand(standing: Standing): Promise<Row> {
    const { section, name } = standing
    const target = await this.#ready()
    const row = emptyRow(section, name, this.#engine)
    if (typeof target === 'string') return { ...row, skipped: target }
    await this.#one(row, async (ready, before, next) => {
      writeFiles(ready.dir, versioned(next))
      const end = await standing.begin(ready)
      const said = await gwh(ready, {})
      await end()
      const versions = await versionsOf(ready)
      const told = toldIn(said.text)
      row.told[told] = (row.told[told] ?? 0) + 1
      const stopped = { kind: 'held', at: 0, statement: name, took: 0, told, versions } as const
      return faultsOf({ ...stopped, ...said, seen: { torn: [], whole: [], reads: 0 } }, before, next)
    })
    return row
  }

  async leave(): Promise<void> {
    if (typeof this.#target === 'object') await this.#target.remove()
    this.#target = undefined
  }

  async #ready(): Promise<Target | string> {
    if (this.#target === undefined) {
      const [engine, place, server] = [this.#engine, this.#place, this.#server]
      this.#target = await makeTarget({ engine, place, server, isWarm: this.#options.isWarm ?? false })
      this.#now = FIRST
    }
    return this.#target
  }

  /** Of a build of the other version, as those that are attacked are. */
  async #counted(target: Target): Promise<readonly Statement[]> {
    let statements: readonly Statement[] = []
    // The second of two, for the first finds files and functions that are new.
    for (let i = 0; i < 2; i++) {
      this.#now = other(this.#now)
      writeFiles(target.dir, versioned(this.#now))
      statements = await statementsOf(target)
    }
    return statements
  }

  #placesOf(attack: Attack, turn: Turn, statements: readonly Statement[]): { at: number; delay: number }[] {
    const { every, seed } = this.#options
    const { kind, times = 1 } = attack
    if (attack.at === 'the commit') {
      const texts = statements.map(({ text }) => text)
      const at = texts.findIndex((text, i) => commitOfPublishing(text, texts.slice(0, i))) + 1
      const took = statements[at - 1]?.took ?? 0
      const count = every > 1 ? Math.min(times, 3) : times
      return Array.from({ length: count }, (_, i) => ({ at, delay: (1.2 * took * (i + 0.5)) / count }))
    }
    const positions = positionsOf(statements.length, every, shuffled(seed, kind))
    return positions
      .filter((_, i) => i % turn.of === turn.index)
      .map((at, i) => ({
        at,
        delay: ((i % 7) / 6) * (statements[at - 1]?.took ?? 0),
      }))
  }

  /** @param act undefined where nothing happened; else what does not hold */
  async #one(
    row: Counting,
    act: (target: Target, before: number, next: number) => Promise<Fault[] | undefined>,
  ): Promise<void> {
    const target = await this.#ready()
    if (typeof target === 'string') return
    const [before, next] = [this.#now, other(this.#now)]
    let faults: Fault[]
    try {
      const found = await act(target, before, next)
      // The build was over before, and nobody disturbed it.
      if (!found) {
        this.#now = next
        return
      }
      faults = found
    } catch (error) {
      faults = [
        { is: 'hand', text: `${row.attack}: ${error instanceof Error ? error.stack : String(error)}` },
      ]
    }
    row.tried++
    const again = await cleanBuild(target).catch((error: unknown) => ({ code: null, text: String(error) }))
    if (again.code !== 0)
      faults.push({ is: 'hand', text: `${row.attack}: the next build fails\n${again.text}` })
    else {
      const versions = await versionsOf(target)
      if (!isWhole(versions) || versions[0] !== next)
        faults.push({
          is: 'torn',
          text: `${row.attack}: after the next build ${versions.join(', ')} and not ${COUNTS.map(() => next).join(', ')}`,
        })
    }
    row.faults.push(...faults)
    this.#now = next
    if (faults.length > 0) {
      for (const { is, text } of faults) this.#options.say?.(`✗ ${is}: ${text}`)
      await this.leave()
    }
  }
}
