# The instant at which the first run began: its error names it.
export TF_VAR_minimum_valid_from=2026-03-01T12:00:00Z

# Calls those who are left.
terraform apply -invoke=action.graph_user_token_invalidation.incident
