terraform {
  required_providers {
    graph = { source = "seed-7dc6cf1c/graph" }
  }
}

provider "graph" {}

variable "trigger" {
  type    = string
  default = "last working day"
}

resource "graph_user_token_invalidation" "leaver" {
  user_id = "robin@contoso.onmicrosoft.com"
  trigger = var.trigger
}
