/** Events that a report names and that are left out of every relation: it would wait for them in vain. */
import { quotedList, type Problem } from '../problems.ts'
import type { Path } from '../project/path.ts'
import type { Catalog } from './catalog.ts'

/**
 * @param value options of a report; whatever names an event does so in a field `event`
 * @param at their path
 */
export function excludedEvents(catalog: Catalog, value: unknown, at: Path): Problem[] {
  if (Array.isArray(value))
    return value.flatMap((item: unknown, i) => excludedEvents(catalog, item, [...at, i]))
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([field, inner]) => {
    const path = [...at, field]
    if (field !== 'event' || typeof inner !== 'string') return excludedEvents(catalog, inner, path)
    const why = whyExcluded(catalog, inner)
    return why === undefined
      ? []
      : [{ code: 'contradiction' as const, at: catalog.project.locate(path), ...why }]
  })
}

function whyExcluded(catalog: Catalog, event: string): Pick<Problem, 'message' | 'fix'> | undefined {
  const { project } = catalog
  const nth = project.exclude_events.indexOf(event)
  if (nth >= 0) {
    const { file, line } = project.locate(['exclude_events', nth])
    return {
      message: `\`${event}\` is never counted: \`exclude_events\` leaves it out (${file}:${String(line)}).`,
      fix: 'Name another event here, or take this one out of `exclude_events`.',
    }
  }
  const sources = catalog.sourcesOf('events')
  const isEverywhere =
    sources.length > 0 && sources.every(({ excludeEvents }) => excludeEvents.includes(event))
  // A source that cannot be read so far may well have it.
  if (!isEverywhere || project.broken.any('sources')) return undefined
  const connectors = [...new Set(sources.map(({ connector }) => connector))]
  return {
    message: `\`${event}\` is never counted: ${connectors.length === 1 ? 'the connector' : 'the connectors'} ${quotedList(connectors)} ${connectors.length === 1 ? 'leaves' : 'leave'} it out of ${quotedList(sources.map(({ name }) => name))}.`,
    fix: 'The upstream system writes it for its own purposes. Name an event that users do.',
  }
}
