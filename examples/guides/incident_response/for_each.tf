terraform {
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

variable "minimum_valid_from" {
  description = "The instant (RFC 3339) at which the first run begins. Sessions from before then must not live on."
  type        = string
}

data "graph_users" "members" {
  group_id = var.group_id
}

# Finds the accounts by any spelling. One that does not exist, perhaps a misspelt one, stops the plan.
data "graph_user" "break_glass" {
  for_each = var.break_glass
  user_id  = each.value
}

# Apply again to repeat: who was signed out since then is not called.
resource "graph_user_token_invalidation" "incident" {
  for_each = setsubtract(data.graph_users.members.ids, [for user in data.graph_user.break_glass : user.id])

  user_id            = each.value
  minimum_valid_from = var.minimum_valid_from
}
