/** The schema in which gwh builds on PostgreSQL, and how it is known to be gwh's. */
export const STAGE_COMMENT = 'What gwh builds before it publishes it; swept at every build.'
export const stageSchema = (schema: string) => `${schema}_stage`
