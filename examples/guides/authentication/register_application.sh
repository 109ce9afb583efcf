# Signed in with az login, as somebody who may consent for the tenant: a Privileged Role Administrator, for example.
client_id=$(az ad app create --display-name terraform-graph --sign-in-audience AzureADMyOrg --query appId --output tsv)
az ad sp create --id "$client_id"

# The application permissions User.RevokeSessions.All and User.Read.All of Microsoft Graph. To plan, the second is enough.
az ad app permission add --id "$client_id" --api 00000003-0000-0000-c000-000000000000 --api-permissions \
  77f3a031-c388-4f99-b373-dc68676a979e=Role \
  df021288-bdef-4463-88db-98f22de89214=Role

# Consent for the whole tenant. Where the new application is not found yet, wait a moment and repeat.
az ad app permission admin-consent --id "$client_id"

echo "ARM_TENANT_ID=$(az account show --query tenantId --output tsv)"
echo "ARM_CLIENT_ID=$client_id"
