terraform {
  required_providers {
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

variable "user_id" {
  description = "An object id, a user principal name such as robin@contoso.com, /users/<object id>, or me."
  type        = string
}

# Signs nobody out. Terraform 1.6 and later, and OpenTofu.
import {
  to = graph_user_token_invalidation.leaver
  id = var.user_id
}

resource "graph_user_token_invalidation" "leaver" {
  user_id = var.user_id
}
