terraform {
  required_providers {
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

locals {
  leavers = csvdecode(file("${path.module}/leavers.csv"))
}

# Run it on a schedule: each leaver is signed out by the first apply after leaving, once. Who is taken off the list stays
# signed out.
resource "graph_user_token_invalidation" "leaver" {
  for_each = {
    for leaver in local.leavers : leaver.user_principal_name => leaver
    if timecmp(leaver.left_at, plantimestamp()) <= 0
  }

  user_id            = each.key
  minimum_valid_from = each.value.left_at
  # An account that is deleted later stays recorded, as last seen.
  ignore_not_found = true
}

output "signed_out" {
  description = "The instant before which everything that was issued to the leaver is refused."
  value = {
    for name, leaver in graph_user_token_invalidation.leaver : name => leaver.refresh_tokens_valid_from_date_time
  }
}
