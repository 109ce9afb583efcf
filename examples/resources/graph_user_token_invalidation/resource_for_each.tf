terraform {
  required_providers {
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

variable "leavers" {
  description = "The users to sign out, each with what to sign out for: { \"robin@contoso.com\" = \"INC-1201\" }."
  type        = map(string)
}

# One record per user. Another text signs that one user out again; a user who is taken off the list stays signed out.
resource "graph_user_token_invalidation" "leaver" {
  for_each = var.leavers

  user_id = each.key
  trigger = each.value
}
