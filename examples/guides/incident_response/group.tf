terraform {
  required_version = ">= 1.14"

  required_providers {
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

variable "group_id" {
  description = "The group's object id. Members of the groups in it count as well."
  type        = string
}

variable "break_glass" {
  description = "Accounts that are never signed out: object ids, user principal names, or /users/<object id>."
  type        = set(string)
}

variable "max_users" {
  description = "The most users that you expect to be signed out. Where there are more, nobody is."
  type        = number
  default     = 100
}

variable "minimum_valid_from" {
  description = "The instant (RFC 3339) at which the first run begins. Sessions from before then must not live on."
  type        = string
}

action "graph_user_token_invalidation" "incident" {
  config {
    group_ids          = [var.group_id]
    exclude_user_ids   = var.break_glass
    max_users          = var.max_users
    minimum_valid_from = var.minimum_valid_from
  }
}

# Finds the accounts by any spelling.
data "graph_user" "break_glass" {
  for_each = var.break_glass
  user_id  = each.value
}

data "graph_users" "members" {
  group_id = var.group_id
}

locals {
  affected = [for user in data.graph_users.members.users : user if !contains([for account in data.graph_user.break_glass : account.id], user.id)]
  left = [
    for user in local.affected : user.user_principal_name
    # A user whose sessions were never ended has no instant, which timecmp refuses.
    if try(timecmp(user.refresh_tokens_valid_from_date_time, var.minimum_valid_from) < 0, true)
  ]
}

output "affected" {
  description = "Who is signed out."
  value       = local.affected[*].user_principal_name
}

output "external" {
  description = "Who of them signs in at another tenant, and has sessions there."
  value       = [for user in local.affected : user.user_principal_name if user.external]
}

# Warns at each plan as long as somebody is left. The first 20 are named.
check "signed_out" {
  assert {
    condition     = length(local.left) == 0
    error_message = "${length(local.left)} not signed out: ${join(", ", slice(local.left, 0, min(20, length(local.left))))}"
  }
}
