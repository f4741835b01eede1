/** Small projects with reports, for what is said about these. */
import { goodBut, problemsOf, type Files } from './projects.ts'

/** The good project with a company key, a team key, properties of events, companies and users, and these reports. */
export function withReports(reports: string, files: Files = {}): Files {
  const project = goodBut({
    '  - name: company_id\n': '  - name: company_id\n    b2b: true\n  - name: team\n',
    'user: user_id }\n': `user: user_id }
    properties: [plan, seats]
  - name: crm
    type: group_table
    file: companies.csv
    group_key: company_id
    columns: { id: id, name: name }
    properties: [industry]
  - name: people
    type: user_table
    file: people.csv
    columns: { id: id }
    properties: [role]
`,
  })
  return {
    ...project,
    'events.csv': `event,time,user_id,company_id,team,plan,seats
sign_up,2024-01-01T10:00:00Z,ann,acme,red,free,1
`,
    'companies.csv': 'id,name,industry\nacme,Acme,steel\n',
    'people.csv': 'id,role\nann,admin\n',
    'models/reports.yml': `reports:\n${reports.replaceAll(/^(?=.)/gm, '  ')}`,
    ...files,
  }
}

/** The problems of a project with these reports. */
export const shown = (reports: string, target = 'dev') =>
  problemsOf(withReports(reports), { target, offline: true })

/** Reports up to where more fields may follow. */
export const FUNNEL = '- { name: f, type: funnel, by: company_id, steps: [sign_up, log_in, pay]'
export const RETENTION = '- { name: r, type: retention, by: company_id'
export const UNIQUES = '- { name: u, type: uniques, by: company_id'
