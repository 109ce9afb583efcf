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

variable "client_id" {
  description = "The application (client) id of the application that Terraform signs in as."
  type        = string
}

variable "user_id" {
  description = "The user to sign out: an object id, a user principal name such as robin@contoso.com, or /users/<object id>."
  type        = string
}

# China, operated by 21Vianet: https://microsoftgraph.chinacloudapi.cn, signing in at https://login.chinacloudapi.cn.
# The secret comes from the variable ARM_CLIENT_SECRET.
provider "graph" {
  environment = "china"
  tenant_id   = var.tenant_id
  client_id   = var.client_id
}

resource "graph_user_token_invalidation" "leaver" {
  user_id = var.user_id
}
