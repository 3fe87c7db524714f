# Tenant, subscription and identity come from the environment (ARM_*), so that no file here knows them.
provider "azurerm" {
  storage_use_azuread = true

  features {
    key_vault {
      # A deleted vault keeps its name for the retention period; deploying again brings it back.
      purge_soft_delete_on_destroy    = false
      recover_soft_deleted_key_vaults = true
    }

    machine_learning {
      # Its storage and vault go with it, so a soft-deleted workspace is worth nothing and blocks its name.
      purge_soft_deleted_workspace_on_destroy = true
    }

    resource_group {
      # The workspace adds alert rules of its own to the group; they would block every destroy.
      prevent_deletion_if_contains_resources = false
    }
  }
}

data "azurerm_client_config" "current" {}
