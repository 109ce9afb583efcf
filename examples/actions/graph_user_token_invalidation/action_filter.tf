terraform {
  required_version = ">= 1.14"

  required_providers {
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

variable "department" {
  description = "The department whose users are signed out."
  type        = string
}

# Run by terraform apply -invoke=action.graph_user_token_invalidation.department
action "graph_user_token_invalidation" "department" {
  config {
    # In a filter, a quote in a text is written twice.
    filter = "department eq '${replace(var.department, "'", "''")}'"

    # The generally available call, which Microsoft recommends. The default is in Graph's beta.
    graph_action = "revokeSignInSessions"
    max_users    = 1000

    timeouts {
      invoke = "30m"
    }
  }
}
