mock_provider "azurerm" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  environment = "demo"
}

run "private_endpoints" {
  command = plan

  # Zones have made-up ids here, one each, so that an endpoint with another's zone would show.
  override_resource {
    target          = azurerm_private_dns_zone.this["vault"]
    override_during = plan
    values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/vault" }
  }
  override_resource {
    target          = azurerm_private_dns_zone.this["blob"]
    override_during = plan
    values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/blob" }
  }
  override_resource {
    target          = azurerm_private_dns_zone.this["file"]
    override_during = plan
    values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/file" }
  }
  override_resource {
    target          = azurerm_private_dns_zone.this["registry"]
    override_during = plan
    values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/registry" }
  }
  override_resource {
    target          = azurerm_private_dns_zone.this["api"]
    override_during = plan
    values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/api" }
  }
  override_resource {
    target          = azurerm_private_dns_zone.this["notebooks"]
    override_during = plan
    values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/notebooks" }
  }
  override_resource {
    target          = azurerm_private_dns_zone.this["sites"]
    override_during = plan
    values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/sites" }
  }

  assert {
    condition     = azurerm_key_vault.this.public_network_access_enabled == false
    error_message = "The key vault can be reached from the internet."
  }
  assert {
    condition     = azurerm_storage_account.this.public_network_access_enabled == false && azurerm_storage_account.this.allow_nested_items_to_be_public == false
    error_message = "The storage account can be reached from the internet."
  }
  assert {
    condition     = azurerm_storage_account.this.network_rules[0].default_action == "Deny" && azurerm_key_vault.this.network_acls[0].default_action == "Deny"
    error_message = "The storage account or the vault answers addresses that nobody named."
  }
  assert {
    condition     = azurerm_container_registry.this.public_network_access_enabled == false && azurerm_container_registry.this.export_policy_enabled == false
    error_message = "The registry can be reached from the internet, or images can be exported."
  }
  assert {
    condition     = azurerm_container_registry.this.admin_enabled == false && azurerm_container_registry.this.anonymous_pull_enabled == false
    error_message = "The registry has a password, or needs none."
  }
  assert {
    condition     = azurerm_machine_learning_workspace.this.public_network_access_enabled == false
    error_message = "The workspace can be reached from the internet."
  }
  assert {
    condition     = one(azurerm_machine_learning_workspace.this.serverless_compute).subnet_id == azurerm_subnet.workload["default"].id && one(azurerm_machine_learning_workspace.this.serverless_compute).public_ip_enabled == false
    error_message = "A job that names no compute runs outside the network, or with a public address."
  }
  assert {
    condition     = azurerm_linux_web_app.inference.public_network_access_enabled == false && azurerm_linux_web_app.inference.site_config[0].ip_restriction_default_action == "Deny"
    error_message = "The web app can be reached from the internet."
  }
  assert {
    condition     = azurerm_log_analytics_workspace.this.internet_ingestion_access_type == "Disabled" && azurerm_application_insights.this.internet_ingestion_enabled == false
    error_message = "Logs can be written from the internet."
  }

  assert {
    condition = {
      for key, endpoint in azurerm_private_endpoint.this : one(one(endpoint.private_service_connection).subresource_names) =>
      one(endpoint.private_service_connection).private_connection_resource_id
      } == {
      vault        = azurerm_key_vault.this.id
      blob         = azurerm_storage_account.this.id
      file         = azurerm_storage_account.this.id
      registry     = azurerm_container_registry.this.id
      amlworkspace = azurerm_machine_learning_workspace.this.id
      sites        = azurerm_linux_web_app.inference.id
    }
    error_message = "A service has no private endpoint, or an endpoint leads elsewhere."
  }
  assert {
    condition     = alltrue([for endpoint in values(azurerm_private_endpoint.this) : endpoint.subnet_id == azurerm_subnet.workload["default"].id])
    error_message = "A private endpoint is in another subnet than default."
  }
  assert {
    condition     = alltrue([for endpoint in values(azurerm_private_endpoint.this) : one(endpoint.private_service_connection).is_manual_connection == false])
    error_message = "A private endpoint waits for somebody's approval."
  }

  assert {
    condition = {
      for endpoint in values(azurerm_private_endpoint.this) : one(one(endpoint.private_service_connection).subresource_names) =>
      [for id in one(endpoint.private_dns_zone_group).private_dns_zone_ids : basename(id)]
      } == {
      vault        = ["vault"]
      blob         = ["blob"]
      file         = ["file"]
      registry     = ["registry"]
      amlworkspace = ["api", "notebooks"]
      sites        = ["sites"]
    }
    error_message = "A private endpoint does not write its names into its own zones."
  }
  assert {
    condition = {
      for key, zone in azurerm_private_dns_zone.this : key => zone.name
      } == {
      vault     = "privatelink.vaultcore.azure.net"
      blob      = "privatelink.blob.core.windows.net"
      file      = "privatelink.file.core.windows.net"
      registry  = "privatelink.azurecr.io"
      api       = "privatelink.api.azureml.ms"
      notebooks = "privatelink.notebooks.azure.net"
      sites     = "privatelink.azurewebsites.net"
    }
    error_message = "A private zone has another name than Azure's services resolve by."
  }
  assert {
    condition = alltrue([
      for key, zone in azurerm_private_dns_zone.this :
      azurerm_private_dns_zone_virtual_network_link.this[key].private_dns_zone_id == zone.id &&
      azurerm_private_dns_zone_virtual_network_link.this[key].virtual_network_id == azurerm_virtual_network.this.id
    ])
    error_message = "A private zone is not linked to the network, so its names resolve to public addresses."
  }
}

# An id of its own, so that an endpoint in another subnet would show.
override_resource {
  target          = azurerm_subnet.workload["default"]
  override_during = plan
  values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/mock/subnets/default" }
}
