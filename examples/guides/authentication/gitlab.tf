terraform {
  required_providers {
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

variable "user_id" {
  description = "The user to sign out: an object id, a user principal name such as robin@contoso.com, or /users/<object id>."
  type        = string
}

# The job gives ARM_OIDC_TOKEN, the CI/CD variables of the project ARM_TENANT_ID and ARM_CLIENT_ID.
provider "graph" {
  use_oidc = true
}

resource "graph_user_token_invalidation" "leaver" {
  user_id = var.user_id
}
