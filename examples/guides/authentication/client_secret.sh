# The secret is printed once and cannot be read again.
az ad app credential reset --id "$client_id" --append --display-name terraform --years 1 --query password --output tsv
