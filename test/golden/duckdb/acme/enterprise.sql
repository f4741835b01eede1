-- acme.enterprise: models/enterprise.sql:1
select company_id, seats from acme.company_profiles where plan = 'pro'
