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

variable "left_at" {
  description = "When the user left (RFC 3339). Sessions from before then must not live on."
  type        = string
  default     = "2026-03-01T12:00:00Z"
}

resource "graph_user_token_invalidation" "leaver" {
  user_id            = var.user_id
  minimum_valid_from = var.left_at
}

# Warns while a call was made that Microsoft Graph has not shown to work. Null is no call: none was needed.
check "confirmed" {
  assert {
    condition     = graph_user_token_invalidation.leaver.confirmed != false
    error_message = "The call ${coalesce(graph_user_token_invalidation.leaver.request_id, "-")} is not confirmed."
  }
}

# Read at each plan, and after the call.
data "graph_user" "leaver" {
  user_id = graph_user_token_invalidation.leaver.id
}

# Warns while the user may have sessions from before.
check "signed_out" {
  assert {
    # A user whose sessions were never ended has no instant, which timecmp refuses.
    condition     = try(timecmp(data.graph_user.leaver.refresh_tokens_valid_from_date_time, var.left_at) >= 0, false)
    error_message = "${data.graph_user.leaver.user_principal_name} may have sessions from before ${var.left_at}."
  }
}
