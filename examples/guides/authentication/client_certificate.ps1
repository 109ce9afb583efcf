# A key and a certificate of one's own, on Windows; one of a certificate authority does as well. The key must be RSA.
$certificate = New-SelfSignedCertificate -Subject CN=terraform-graph -CertStoreLocation Cert:\CurrentUser\My `
  -KeyAlgorithm RSA -KeyLength 3072 -KeyExportPolicy Exportable -NotAfter (Get-Date).AddYears(1)

# The public part goes to the application. This replaces its other certificates.
Update-MgApplication -ApplicationId $application.Id -KeyCredentials @(@{
    DisplayName = 'terraform'
    Type        = 'AsymmetricX509Cert'
    Usage       = 'Verify'
    Key         = $certificate.RawData
  })

# Both parts go to Terraform.
Export-PfxCertificate -Cert $certificate -FilePath terraform.pfx -Password (Read-Host 'Password of the PFX' -AsSecureString)
