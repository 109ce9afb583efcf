# The secret is printed once and cannot be read again.
(Add-MgApplicationPassword -ApplicationId $application.Id -PasswordCredential @{
  DisplayName = 'terraform'
  EndDateTime = (Get-Date).AddMonths(6)
}).SecretText
