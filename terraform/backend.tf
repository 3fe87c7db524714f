# Partial on purpose: account, container, key and the way of signing in come with `init`, because they
# belong to whoever runs this, not to the configuration.
terraform {
  backend "azurerm" {}
}
