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

variable "last_working_day" {
  description = "Any text. Another text than the last one signs the user out again."
  type        = string
  default     = "2026-03-31"
}

# Signs the user out at the first apply, and once more whenever the trigger changes.
resource "graph_user_token_invalidation" "leaver" {
  user_id = var.user_id
  trigger = var.last_working_day

  # Keeps the record of the last call until the next one was accepted.
  lifecycle {
    create_before_destroy = true
  }
}

output "signed_out" {
  description = "What was issued to the user before this instant is refused."
  value       = graph_user_token_invalidation.leaver.refresh_tokens_valid_from_date_time
}
