select company_id, seats from acme.company_profiles where plan = 'pro'
