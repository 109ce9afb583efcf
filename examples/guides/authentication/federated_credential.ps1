# One for each subject: here, the jobs of the repository contoso/offboarding in its GitHub environment production.
New-MgApplicationFederatedIdentityCredential -ApplicationId $application.Id -BodyParameter @{
  Name      = 'github-production'
  Issuer    = 'https://token.actions.githubusercontent.com'
  Subject   = 'repo:contoso/offboarding:environment:production'
  Audiences = @('api://AzureADTokenExchange')
}
