terraform {
  required_providers {
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

variable "user_id" {
  description = "An object id, a user principal name such as robin@contoso.com, or /users/<object id>, the id of an azuread_user."
  type        = string
}

# Signs the user out when this is created, and once more when it is destroyed: after work for a customer, for example.
resource "graph_user_token_invalidation" "contractor" {
  user_id = var.user_id

  # The generally available call, which Microsoft recommends. The default is in Graph's beta.
  graph_action          = "revokeSignInSessions"
  invalidate_on_destroy = true
  # A user who was deleted meanwhile stays recorded, as last seen.
  ignore_not_found = true

  timeouts {
    create = "30m"
    delete = "30m"
  }
}
