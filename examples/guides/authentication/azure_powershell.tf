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

# As whoever has run: Connect-AzAccount -Tenant <tenant>
provider "graph" {
  tenant_id      = var.tenant_id
  use_powershell = true
}

resource "graph_user_token_invalidation" "leaver" {
  user_id = var.user_id

  # Azure PowerShell's permissions are as fixed as the Azure CLI's.
  graph_action = "revokeSignInSessions"
}
