# For another cloud, add -Environment USGov, USGovDoD or China.
Connect-MgGraph -Scopes Application.Read.All, AppRoleAssignment.ReadWrite.All

# A machine's own identity has the name of the machine, a user-assigned one has its own.
$principal = Get-MgServicePrincipal -Filter "displayName eq 'runner' and servicePrincipalType eq 'ManagedIdentity'"
$graph = Get-MgServicePrincipal -Filter "appId eq '00000003-0000-0000-c000-000000000000'"

# User.RevokeSessions.All and User.Read.All. To plan, the second is enough.
foreach ($permission in '77f3a031-c388-4f99-b373-dc68676a979e', 'df021288-bdef-4463-88db-98f22de89214') {
  New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id `
    -PrincipalId $principal.Id -ResourceId $graph.Id -AppRoleId $permission
}
