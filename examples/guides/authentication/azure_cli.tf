terraform {
  required_providers {
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

variable "tenant_id" {
  description = "The tenant's id, or one of its domains: contoso.onmicrosoft.com."
  type        = string
}

variable "user_id" {
  description = "The user to sign out: an object id, a user principal name such as robin@contoso.com, or /users/<object id>."
  type        = string
}

# As whoever has run: az login --tenant <tenant>
provider "graph" {
  tenant_id = var.tenant_id
  use_cli   = true
}

resource "graph_user_token_invalidation" "leaver" {
  user_id = var.user_id

  # The Azure CLI's permissions do not include User.RevokeSessions.All, which the default call needs.
  graph_action = "revokeSignInSessions"
}
