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

variable "incident_ended" {
  description = "When the incident was contained (RFC 3339). Sessions from before then must not live on."
  type        = string
  default     = "2026-03-01T12:00:00Z"
}

# Signs the user out unless that has happened since, whoever did it: by Terraform, in the portal, or by a new password.
resource "graph_user_token_invalidation" "affected" {
  user_id            = var.user_id
  minimum_valid_from = var.incident_ended
}

output "called" {
  description = "Whether Terraform had to sign the user out."
  value       = graph_user_token_invalidation.affected.invalidated_at != null
}
