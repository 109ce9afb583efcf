# The instant at which the first run began. Its error names it. The other variables stay as they were.
export TF_VAR_minimum_valid_from=2026-03-01T12:00:00Z

# Calls those who are left.
terraform apply -invoke=action.graph_user_token_invalidation.incident
