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

data "graph_user" "leaver" {
  user_id = var.user_id
}

resource "graph_user_token_invalidation" "leaver" {
  user_id = var.user_id

  # Stops the plan where signing out in this tenant is not enough.
  lifecycle {
    precondition {
      condition     = !data.graph_user.leaver.external
      error_message = "${data.graph_user.leaver.user_principal_name} signs in at another tenant, and has sessions there."
    }
  }
}

output "can_sign_in_again" {
  description = "Whether the account is enabled."
  value       = data.graph_user.leaver.account_enabled
}
