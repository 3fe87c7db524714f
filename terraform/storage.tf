resource "azurerm_storage_account" "this" {
  #checkov:skip=CKV_AZURE_33:azurerm 5 has no argument for queue logging, and no queue is used
  #checkov:skip=CKV_AZURE_206:three zones of one region; a second region does not help, because datastores do not fail over

  name                            = local.names.storage_account
  resource_group_name             = azurerm_resource_group.this.name
  location                        = azurerm_resource_group.this.location
  account_tier                    = "Standard"
  account_replication_type        = var.zone_redundancy ? "ZRS" : "LRS"
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
  public_network_access_enabled   = false
  allow_nested_items_to_be_public = false
  shared_access_key_enabled       = var.workspace_storage_auth == "key"
  tags                            = local.tags

  # Only what the workspace itself does as a trusted service passes besides the private endpoints.
  network_rules {
    default_action = "Deny"
    bypass         = ["AzureServices"]
  }

  blob_properties {
    delete_retention_policy {
      days = 7
    }
    container_delete_retention_policy {
      days = 7
    }
  }
}

# Containers go through ARM (storage_account_id), so that nobody needs a way into the closed account.
resource "azurerm_storage_container" "this" {
  for_each = {
    datasets                = "Training data."
    inferencetestimagestore = "Images that the inference service hands to its jobs."
  }

  name               = each.key
  storage_account_id = azurerm_storage_account.this.id
}
