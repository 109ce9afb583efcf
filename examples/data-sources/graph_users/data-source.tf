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

data "graph_users" "leavers" {
  group_id = var.group_id
}

# Who joins the group is signed out at the next apply. Who leaves it stays signed out.
resource "graph_user_token_invalidation" "leaver" {
  for_each = toset(data.graph_users.leavers.ids)

  user_id = each.value
}
