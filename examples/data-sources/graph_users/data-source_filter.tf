terraform {
  required_providers {
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

variable "department" {
  description = "The department to look at."
  type        = string
}

variable "since" {
  description = "An instant (RFC 3339)."
  type        = string
  default     = "2026-03-01T12:00:00Z"
}

# Calls nobody.
data "graph_users" "department" {
  # In a filter, a quote in a text is written twice.
  filter = "accountEnabled eq true and department eq '${replace(var.department, "'", "''")}'"
}

output "not_signed_out" {
  description = "Who may have sessions from before that instant."
  value = [
    for user in data.graph_users.department.users : user.user_principal_name
    # A user whose sessions were never ended has no instant, which timecmp refuses.
    if try(timecmp(user.refresh_tokens_valid_from_date_time, var.since) < 0, true)
  ]
}
