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

# The client secret comes from the variable ARM_CLIENT_SECRET, so that it stands in no file. The ids may come from
# ARM_TENANT_ID and ARM_CLIENT_ID as well; the block is then empty, or left out.
provider "graph" {
  tenant_id = var.tenant_id
  client_id = var.client_id
}
