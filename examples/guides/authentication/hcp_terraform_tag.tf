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

variable "tfc_azure_dynamic_credentials" {
  description = "What HCP Terraform gives to the run. The name is fixed."
  type = object({
    default = object({
      client_id_file_path  = string
      oidc_token_file_path = string
    })
    aliases = map(object({
      client_id_file_path  = string
      oidc_token_file_path = string
    }))
  })
}

variable "user_id" {
  description = "The user to sign out: an object id, a user principal name such as robin@contoso.com, or /users/<object id>."
  type        = string
}

# The credentials with the tag GRAPH: TFC_AZURE_PROVIDER_AUTH_GRAPH and TFC_AZURE_RUN_CLIENT_ID_GRAPH.
provider "graph" {
  tenant_id            = var.tenant_id
  client_id_file_path  = var.tfc_azure_dynamic_credentials.aliases["GRAPH"].client_id_file_path
  oidc_token_file_path = var.tfc_azure_dynamic_credentials.aliases["GRAPH"].oidc_token_file_path
}

resource "graph_user_token_invalidation" "leaver" {
  user_id = var.user_id
}
