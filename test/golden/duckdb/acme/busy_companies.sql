-- acme.busy_companies: models/busy_companies.sql:1
-- companies of a plan with what they did
with
gwh__enterprise as (
select company_id, seats from acme.company_profiles where plan = 'pro'
),
enterprise as (
  select company_id, seats from gwh__enterprise
)
select enterprise.company_id, seats, sum(events) as events
from enterprise
join acme.group_events_daily as d on d.group_key = 'company_id' and d.group_id = enterprise.company_id

group by enterprise.company_id, seats
