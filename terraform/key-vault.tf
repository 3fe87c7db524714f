# Secrets are set through ARM and read only inside the network; Terraform never sees one.
resource "azurerm_key_vault" "this" {
  name                          = local.names.key_vault
  resource_group_name           = azurerm_resource_group.this.name
  location                      = azurerm_resource_group.this.location
  tenant_id                     = local.tenant_id
  sku_name                      = "standard"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = var.key_vault_purge_protection
  soft_delete_retention_days    = 7
  public_network_access_enabled = false
  tags                          = local.tags

  # Only what the workspace itself does as a trusted service passes besides the private endpoint.
  network_acls {
    default_action = "Deny"
    bypass         = "AzureServices"
  }
}
