terraform {
  required_providers {
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

variable "user_object_id" {
  description = "The user's object id: 0b0a1d3e-7c2f-4f3e-9a53-5d6f2a1c8e47."
  type        = string
}

# Signs nobody out. Terraform 1.12 and later, and OpenTofu 1.12 and later.
import {
  to = graph_user_token_invalidation.leaver
  identity = {
    id = var.user_object_id
  }
}

resource "graph_user_token_invalidation" "leaver" {
  user_id = var.user_object_id
}
