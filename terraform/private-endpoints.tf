locals {
  # Group ids in lower case: newer API versions compare them exactly.
  private_endpoints = {
    vault     = { target = azurerm_key_vault.this.id, group = "vault", zones = ["vault"] }
    blob      = { target = azurerm_storage_account.this.id, group = "blob", zones = ["blob"] }
    file      = { target = azurerm_storage_account.this.id, group = "file", zones = ["file"] }
    registry  = { target = azurerm_container_registry.this.id, group = "registry", zones = ["registry"] }
    workspace = { target = azurerm_machine_learning_workspace.this.id, group = "amlworkspace", zones = ["api", "notebooks"] }
    inference = { target = azurerm_linux_web_app.inference.id, group = "sites", zones = ["sites"] }
  }
}

resource "azurerm_private_endpoint" "this" {
  for_each = local.private_endpoints

  name                = "${var.environment}-${each.key}-pe"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  subnet_id           = azurerm_subnet.workload["default"].id
  tags                = local.tags

  private_service_connection {
    name                           = each.key
    private_connection_resource_id = each.value.target
    subresource_names              = [each.value.group]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "default"
    private_dns_zone_ids = [for zone in each.value.zones : azurerm_private_dns_zone.this[zone].id]
  }
}
