terraform {
  required_version = ">= 1.14"

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

variable "last_working_day" {
  description = "Any text. Another text than the last one signs the user out again."
  type        = string
  default     = "2026-03-31"
}

# Stands for whatever the call belongs to. The user is signed out after it is created, and after it changes.
resource "terraform_data" "leaver" {
  input = var.last_working_day

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.graph_user_token_invalidation.leaver]
    }
  }
}

action "graph_user_token_invalidation" "leaver" {
  config {
    user_ids = [var.user_id]
  }
}
