terraform {
  required_version = ">= 1.14"

  required_providers {
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

variable "user_ids" {
  description = "The users: object ids, user principal names such as robin@contoso.com, or /users/<object id>."
  type        = set(string)
}

# An apply calls nobody. This does: terraform apply -invoke=action.graph_user_token_invalidation.now
action "graph_user_token_invalidation" "now" {
  config {
    user_ids = var.user_ids
  }
}
