# Logs come in by diagnostic settings, which take a way of Azure's own; nothing may be written from
# outside. Queries stay open to people with a role, else nobody could read what the firewall saw.
resource "azurerm_log_analytics_workspace" "this" {
  name                         = "${var.environment}-logs"
  resource_group_name          = azurerm_resource_group.this.name
  location                     = azurerm_resource_group.this.location
  sku                          = "PerGB2018"
  retention_in_days            = var.log_retention_days
  local_authentication_enabled = false
  tags                         = local.tags

  internet_ingestion_access_type = "Disabled"
  internet_query_access_type     = "Enabled"
}

# A workspace cannot be made without one.
resource "azurerm_application_insights" "this" {
  name                         = "${var.environment}-insights"
  resource_group_name          = azurerm_resource_group.this.name
  location                     = azurerm_resource_group.this.location
  application_type             = "web"
  workspace_id                 = azurerm_log_analytics_workspace.this.id
  internet_ingestion_enabled   = false
  internet_query_enabled       = true
  local_authentication_enabled = false
  tags                         = local.tags
}
