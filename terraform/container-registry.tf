# Premium: the only tier with private endpoints. Trusted services stay allowed, because the import of
# an image through ARM, the only way in, comes as one.
resource "azurerm_container_registry" "this" {
  #checkov:skip=CKV_AZURE_164:azurerm 5 has no argument for content trust, which Azure retires
  #checkov:skip=CKV_AZURE_166:quarantine would hold every image until a scanner released it, and none can reach in

  name                          = local.names.registry
  resource_group_name           = azurerm_resource_group.this.name
  location                      = azurerm_resource_group.this.location
  sku                           = "Premium"
  admin_enabled                 = false
  anonymous_pull_enabled        = false
  public_network_access_enabled = false
  export_policy_enabled         = false
  network_rule_bypass_option    = "AzureServices"
  zone_redundancy_enabled       = var.zone_redundancy

  # Images are used by digest, so one that has lost its tag may still be a model's: kept for as long as Azure lets us say.
  retention_policy_in_days = 365

  # Layers by names of the registry's own, instead of a wildcard of storage accounts.
  data_endpoint_enabled = true

  tags = local.tags

  # A second region may be the only one left, and images are what a model needs to run again.
  dynamic "georeplications" {
    for_each = local.image_copy ? [local.image_copy_regions[var.location]] : []

    content {
      location                        = georeplications.value
      zone_redundancy_enabled         = var.zone_redundancy
      global_endpoint_routing_enabled = true
      tags                            = local.tags
    }
  }
}
