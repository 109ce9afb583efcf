# One for each subject: here, the jobs of the repository contoso/offboarding in its GitHub environment production.
az ad app federated-credential create --id "$client_id" --parameters '{
  "name": "github-production",
  "issuer": "https://token.actions.githubusercontent.com",
  "subject": "repo:contoso/offboarding:environment:production",
  "audiences": ["api://AzureADTokenExchange"]
}'
