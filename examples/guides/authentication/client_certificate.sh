# A key and a certificate of one's own; one of a certificate authority does as well. The key must be RSA.
umask 077
openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=terraform-graph -keyout key.pem -out certificate.pem

# The public part goes to the application.
az ad app credential reset --id "$client_id" --append --cert @certificate.pem

# Both parts go to Terraform, as PEM or as PFX. OpenSSL asks for the password of the PFX.
cat certificate.pem key.pem >terraform.pem
openssl pkcs12 -export -in certificate.pem -inkey key.pem -out terraform.pfx
