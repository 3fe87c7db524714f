locals {
  # In single steps, because checkov reads no nested choice, and would pass what it cannot read.
  replication_of_one_region  = var.zone_redundancy ? "ZRS" : "LRS"
  replication_of_two_regions = var.zone_redundancy ? "GZRS" : "GRS"
}

resource "azurerm_storage_account" "this" {
  #checkov:skip=CKV_AZURE_33:azurerm 5 has no argument for it; no queue is used, and what happened to one would be logged by diagnostics.tf
  #checkov:skip=CKV2_AZURE_1:encrypted with Microsoft's keys; a key of one's own cannot be made through a closed vault, and losing it loses the data
  #checkov:skip=CKV2_AZURE_40:keys stay on, in a closed account and known to nobody, until the workspace is known to do without; workspace_storage_auth = "identity" switches them off

  name                            = local.names.storage_account
  resource_group_name             = azurerm_resource_group.this.name
  location                        = azurerm_resource_group.this.location
  account_tier                    = "Standard"
  account_replication_type        = var.data_in_second_region ? local.replication_of_two_regions : local.replication_of_one_region
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
  public_network_access_enabled   = false
  allow_nested_items_to_be_public = false
  shared_access_key_enabled       = var.workspace_storage_auth == "key" ? true : false
  tags                            = local.tags

  # Only what the workspace itself does as a trusted service passes besides the private endpoints.
  network_rules {
    default_action = "Deny"
    bypass         = ["AzureServices"]
  }

  # Links of this product last minutes; a link that is meant to last longer than a day shows in the log.
  sas_policy {
    expiration_period = "01.00:00:00"
    expiration_action = "Log"
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

# Its containers are not here: the action makes them through ARM (src/storage/containers.ts,
# docs/decisions/0008).
