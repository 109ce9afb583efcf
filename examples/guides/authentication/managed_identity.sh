# The object id of the identity's service principal: of a virtual machine's own identity, or of a user-assigned one with
#   az identity show --resource-group terraform --name terraform-graph --query principalId --output tsv
principal_id=$(az vm show --resource-group terraform --name runner --query identity.principalId --output tsv)
graph_id=$(az ad sp show --id 00000003-0000-0000-c000-000000000000 --query id --output tsv)

# User.RevokeSessions.All and User.Read.All. To plan, the second is enough.
for permission in 77f3a031-c388-4f99-b373-dc68676a979e df021288-bdef-4463-88db-98f22de89214; do
  az rest --method POST --url "https://graph.microsoft.com/v1.0/servicePrincipals/$principal_id/appRoleAssignments" \
    --headers Content-Type=application/json \
    --body "{\"principalId\": \"$principal_id\", \"resourceId\": \"$graph_id\", \"appRoleId\": \"$permission\"}"
done
