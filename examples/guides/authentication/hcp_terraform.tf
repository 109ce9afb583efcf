terraform {
  required_providers {
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

variable "tenant_id" {
  description = "The tenant's id, or one of its domains: contoso.onmicrosoft.com."
  type        = string
}

variable "user_id" {
  description = "The user to sign out: an object id, a user principal name such as robin@contoso.com, or /users/<object id>."
  type        = string
}

# HCP Terraform gives the client id and the token in variables of the run. Where they are missing, the run fails rather than
# look for the Azure CLI.
provider "graph" {
  tenant_id = var.tenant_id
  use_cli   = false
}

resource "graph_user_token_invalidation" "leaver" {
  user_id = var.user_id
}
