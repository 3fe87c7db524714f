mock_provider "azurerm" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  environment = "demo"
}

run "identities" {
  command = plan

  override_resource {
    target          = azurerm_user_assigned_identity.this["cluster"]
    override_during = plan
    values = {
      id           = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cluster"
      principal_id = "00000000-0000-0000-0000-0000000000c1"
    }
  }
  override_resource {
    target          = azurerm_user_assigned_identity.this["inference"]
    override_during = plan
    values = {
      id           = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/inference"
      principal_id = "00000000-0000-0000-0000-0000000000c2"
    }
  }
  override_resource {
    target          = azurerm_user_assigned_identity.this["probe"]
    override_during = plan
    values = {
      id           = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/probe"
      principal_id = "00000000-0000-0000-0000-0000000000c3"
    }
  }

  # Everything an identity may do, written out: a further row is a decision and not an accident.
  assert {
    condition = toset([
      for assignment in values(azurerm_role_assignment.this) :
      "${assignment.principal_id}: ${assignment.role_definition_name} on ${replace(assignment.scope, "/^.*providers/", "")}"
      ]) == toset([
      "00000000-0000-0000-0000-0000000000c1: AcrPull on /Microsoft.ContainerRegistry/registries/mock",
      "00000000-0000-0000-0000-0000000000c1: AzureML Data Scientist on /Microsoft.MachineLearningServices/workspaces/mock",
      "00000000-0000-0000-0000-0000000000c1: Storage Blob Data Contributor on /Microsoft.Storage/storageAccounts/mock",
      "00000000-0000-0000-0000-0000000000c2: AzureML Data Scientist on /Microsoft.MachineLearningServices/workspaces/mock",
      "00000000-0000-0000-0000-0000000000c2: Key Vault Secrets User on /Microsoft.KeyVault/vaults/mock/secrets/inference-api-key",
      "00000000-0000-0000-0000-0000000000c2: Reader on /Microsoft.MachineLearningServices/workspaces/mock",
      "00000000-0000-0000-0000-0000000000c3: Key Vault Secrets User on /Microsoft.KeyVault/vaults/mock/secrets/inference-api-key",
      "00000000-0000-0000-0000-0000000000c3: Reader on /Microsoft.MachineLearningServices/workspaces/mock",
    ])
    error_message = "The identities have other roles than were decided."
  }
  assert {
    condition = alltrue([
      for assignment in values(azurerm_role_assignment.this) :
      !contains(["Owner", "Contributor", "User Access Administrator", "Role Based Access Control Administrator"], assignment.role_definition_name)
    ])
    error_message = "An identity could change resources or give roles away."
  }
  assert {
    condition     = length(distinct([for assignment in values(azurerm_role_assignment.this) : assignment.name])) == length(azurerm_role_assignment.this)
    error_message = "Two role assignments have one name."
  }
  assert {
    condition     = alltrue([for row in values(local.role_assignments) : length(trimspace(row.reason)) > 10])
    error_message = "A role has no reason."
  }

  assert {
    condition     = azurerm_machine_learning_workspace.this.identity[0].type == "SystemAssigned"
    error_message = "The workspace would need broad roles from us."
  }
  assert {
    condition     = azurerm_linux_web_app.inference.identity[0].type == "UserAssigned" && azurerm_linux_virtual_machine.probe.identity[0].type == "UserAssigned"
    error_message = "The web app or the probe has an identity that we do not hold."
  }
  assert {
    condition     = azurerm_key_vault.this.rbac_authorization_enabled == true && azurerm_key_vault.this.purge_protection_enabled == true
    error_message = "The vault has access policies, or can be emptied at once."
  }

  assert {
    condition     = azurerm_machine_learning_workspace.this.container_registry_id == azurerm_container_registry.this.id
    error_message = "The registry is not attached to the workspace."
  }
  assert {
    condition     = azurerm_machine_learning_workspace.this.image_build_compute_name == output.compute_cluster_name
    error_message = "Images would be built outside the network."
  }
  assert {
    condition     = azurerm_storage_account.this.shared_access_key_enabled == true && azurerm_machine_learning_workspace.this.storage_account_access_type == "AccessKey"
    error_message = "By default the workspace uses the account's key."
  }
}

run "without_keys_and_zones" {
  command = plan

  variables {
    workspace_storage_auth = "identity"
    zone_redundancy        = false
    data_in_second_region  = false
  }

  assert {
    condition     = azurerm_storage_account.this.shared_access_key_enabled == false && azurerm_machine_learning_workspace.this.storage_account_access_type == "Identity"
    error_message = "The account's keys are still on."
  }
  assert {
    condition     = azurerm_storage_account.this.account_replication_type == "LRS" && azurerm_service_plan.inference.zone_balancing_enabled == false && azurerm_service_plan.inference.worker_count == 1 && azurerm_container_registry.this.zone_redundancy_enabled == false
    error_message = "Something still asks for zones."
  }
}
