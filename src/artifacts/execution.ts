/** When something was done and how long it took, as all of dbt's artifacts say it. */
export const executionOf = ({
  startedAt,
  seconds,
}: {
  readonly startedAt: Date
  readonly seconds: number
}) => ({
  timing: [
    {
      name: 'execute',
      started_at: startedAt.toISOString(),
      completed_at: new Date(startedAt.getTime() + seconds * 1000).toISOString(),
    },
  ],
  thread_id: 'main',
  execution_time: seconds,
})
