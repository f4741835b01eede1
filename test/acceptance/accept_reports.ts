/** One data set on one engine: its events and the reports on them are built and compared. */
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { compared } from './accept.ts'
import type { Comparison } from './comparisons.ts'
import { stageEvents } from './dataset_events.ts'
import type { DataSet } from './datasets.ts'
import { compareFindings, FOUND_IN } from './findings.ts'
import { compareFunnels, funnelReports } from './funnels.ts'
import type { Engine } from './projects.ts'
import { compareCounts, COUNTED } from './report_counts.ts'
import { reportProject } from './report_project.ts'
import {
  compareLosAngeles,
  compareUniques,
  LOS_ANGELES,
  losAngelesReports,
  uniquesReports,
} from './report_uniques.ts'
import { compareRetentions, retentionReports } from './retentions.ts'

export interface Accepted {
  readonly comparisons: readonly Comparison[]
  /** What the facts count by and the events do not tell. */
  readonly missing: readonly string[]
}

export async function acceptReports(set: DataSet, engine: Engine): Promise<Accepted> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'gwh-acceptance-'))
  try {
    const events = await stageEvents(set, dir)
    const reports = [
      ...funnelReports(set, events),
      ...retentionReports(set, events),
      ...uniquesReports(set, events),
    ]
    const only = (names: readonly { name: string }[]) => names.map(({ name }) => `+${name}*`)
    const project = reportProject(events, reports)
    const relations = [...[...COUNTED, ...FOUND_IN].map((name) => `+${name}`), ...only(reports)]
    const comparisons = [
      ...(await compared('reports', engine, project, relations, async (db) => [
        ...(await compareCounts(db, set, events)),
        ...(await compareFindings(db, set, events)),
        ...(await compareFunnels(db, set, events)),
        ...(await compareRetentions(db, set, events)),
        ...(await compareUniques(db, set, events)),
      ])),
    ]
    const elsewhere = losAngelesReports(set)
    if (elsewhere.length > 0) {
      const other = reportProject(events, elsewhere, LOS_ANGELES)
      const compare = compared('los_angeles', engine, other, only(elsewhere), (db) =>
        compareLosAngeles(db, set),
      )
      comparisons.push(...(await compare))
    }
    return { comparisons, missing: events.missing }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
