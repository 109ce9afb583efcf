# For another cloud, add -Environment USGov, USGovDoD or China.
Connect-MgGraph -Scopes Application.ReadWrite.All, AppRoleAssignment.ReadWrite.All

# The application permissions User.RevokeSessions.All and User.Read.All of Microsoft Graph. To plan, the second is enough.
$permissions = '77f3a031-c388-4f99-b373-dc68676a979e', 'df021288-bdef-4463-88db-98f22de89214'
$graph = Get-MgServicePrincipal -Filter "appId eq '00000003-0000-0000-c000-000000000000'"

$application = New-MgApplication -DisplayName terraform-graph -SignInAudience AzureADMyOrg -RequiredResourceAccess @(@{
    ResourceAppId  = $graph.AppId
    ResourceAccess = @($permissions | ForEach-Object { @{ Id = $_; Type = 'Role' } })
  })
$principal = New-MgServicePrincipal -AppId $application.AppId

# Each assignment is the consent to one permission, for the whole tenant.
foreach ($permission in $permissions) {
  New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id `
    -PrincipalId $principal.Id -ResourceId $graph.Id -AppRoleId $permission
}

"ARM_TENANT_ID=$((Get-MgContext).TenantId)"
"ARM_CLIENT_ID=$($application.AppId)"
