/** How many distinct users and groups did something: by period, over trailing days, over the whole range. */
import { reportType } from '../../src/graph/report.ts'
import { validate } from './uniques/validate.ts'
import { entitiesModel, totalModel } from './uniques/entities.ts'
import { metricsOf } from './uniques/metrics.ts'
import { uniquesOptions } from './uniques/options.ts'
import { uniquesParts } from './uniques/parts.ts'
import { seriesModel } from './uniques/series.ts'

export const uniques = reportType({
  type: 'uniques',
  description:
    'How many distinct users or groups did something in each hour, day, week or month, in trailing days, and over the whole range; metrics by users and by groups side by side.',
  options: uniquesOptions,
  by: 'metrics',
  validate,
  models: (report, catalog) => {
    const metrics = metricsOf(report, catalog)
    return [
      entitiesModel(report, metrics),
      totalModel(report, metrics),
      seriesModel(report, metrics, catalog),
    ]
  },
  parts: uniquesParts,
})
