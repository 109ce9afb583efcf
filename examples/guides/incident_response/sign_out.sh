export TF_VAR_group_id=5f2b0c1e-9d34-4c1f-8a53-6b7e1d2f3a40
export TF_VAR_break_glass='["6b1f3c52-77a0-4a0e-9a6b-2d1c4e5f6071"]'
export TF_VAR_max_users=250
# Keep it: a repetition needs the same instant.
export TF_VAR_minimum_valid_from=$(date -u +%Y-%m-%dT%H:%M:%SZ)

# Calls nobody, and lists who is affected.
terraform plan

# The rehearsal. A warning says how many users would be signed out, and names the first five.
terraform plan -invoke=action.graph_user_token_invalidation.incident

# The same plan again and, after your yes, the calls.
terraform apply -invoke=action.graph_user_token_invalidation.incident

# Reads the group again. The check warns of those who are left.
terraform plan
