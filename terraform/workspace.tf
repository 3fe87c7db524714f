resource "azurerm_machine_learning_workspace" "this" {
  name                          = local.names.workspace
  resource_group_name           = azurerm_resource_group.this.name
  location                      = azurerm_resource_group.this.location
  application_insights_id       = azurerm_application_insights.this.id
  key_vault_id                  = azurerm_key_vault.this.id
  storage_account_id            = azurerm_storage_account.this.id
  container_registry_id         = azurerm_container_registry.this.id
  public_network_access_enabled = false
  storage_account_access_type   = var.workspace_storage_auth == "key" ? "AccessKey" : "Identity"
  tags                          = local.tags

  # Azure's shared builders cannot reach a closed registry. Only a name, so the cluster may come later.
  image_build_compute_name = local.names.compute_cluster

  # A job that names no compute would run on Microsoft's own machines, with the internet before it.
  serverless_compute {
    subnet_id         = azurerm_subnet.workload["default"].id
    public_ip_enabled = false
  }

  # Azure gives this identity its roles itself; a user-assigned one would need roles as broad as Contributor from us.
  identity {
    type = "SystemAssigned"
  }
}
