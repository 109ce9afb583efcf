terraform {
  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = ">= 3.0"
    }
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

variable "employed" {
  description = "Whether Robin works here."
  type        = bool
}

variable "password" {
  description = "Robin's first password. hashicorp/azuread needs it to create the account, not to change it."
  type        = string
  sensitive   = true
  default     = null
}

resource "azuread_user" "robin" {
  user_principal_name = "robin@contoso.com"
  display_name        = "Robin Leaver"
  account_enabled     = var.employed
  password            = var.password
}

resource "graph_user_token_invalidation" "robin" {
  # The reference makes the order: the account is disabled first, and its sessions are ended then.
  user_id = azuread_user.robin.id
  trigger = { employed = azuread_user.robin.account_enabled }

  # And where the account is deleted, its sessions are ended first.
  invalidate_on_destroy = true
}

output "signed_out" {
  description = "What was issued to Robin before this instant is refused."
  value       = graph_user_token_invalidation.robin.refresh_tokens_valid_from_date_time
}
