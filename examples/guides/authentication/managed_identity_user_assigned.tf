terraform {
  required_providers {
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

variable "client_id" {
  description = "The client id of a user-assigned managed identity that the machine has."
  type        = string
}

variable "user_id" {
  description = "The user to sign out: an object id, a user principal name such as robin@contoso.com, or /users/<object id>."
  type        = string
}

# The identity has a tenant of its own, so none is set.
provider "graph" {
  use_msi   = true
  client_id = var.client_id
}

resource "graph_user_token_invalidation" "leaver" {
  user_id = var.user_id
}
