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

# The empty text hides ARM_CLIENT_ID and AZURE_CLIENT_ID, which would name a user-assigned identity.
provider "graph" {
  use_msi   = true
  client_id = ""
}

resource "graph_user_token_invalidation" "leaver" {
  user_id = var.user_id
}
