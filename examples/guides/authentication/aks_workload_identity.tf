terraform {
  required_providers {
    graph = {
      source = "seed-7dc6cf1c/graph"
    }
  }
}

variable "user_id" {
  description = "The user to sign out: an object id, a user principal name such as robin@contoso.com, or /users/<object id>."
  type        = string
}

# AKS gives AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE and AZURE_AUTHORITY_HOST to the pod.
provider "graph" {
  use_aks_workload_identity = true
}

resource "graph_user_token_invalidation" "leaver" {
  user_id = var.user_id
}
