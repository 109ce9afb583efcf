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
  description = "An instant (RFC 3339). Who was signed out at or after it is left alone. Without it, everybody is called."
  type        = string
  default     = null
}

# Run by terraform apply -invoke=action.graph_user_token_invalidation.incident
action "graph_user_token_invalidation" "incident" {
  config {
    group_ids          = [var.group_id]
    exclude_user_ids   = var.break_glass
    max_users          = var.max_users
    minimum_valid_from = var.minimum_valid_from
  }
}
