# Who may do what, and why. No row names a role that can change resources or give roles away.
locals {
  inference_key_secret = "inference-api-key"

  role_assignments = {
    cluster-pulls-images = {
      identity = "cluster"
      role     = "AcrPull"
      scope    = azurerm_container_registry.this.id
      reason   = "Nodes pull the training image."
    }
    cluster-reads-and-writes-data = {
      identity = "cluster"
      role     = "Storage Blob Data Contributor"
      scope    = azurerm_storage_account.this.id
      reason   = "Jobs mount datasets and write outputs."
    }
    cluster-registers-models = {
      identity = "cluster"
      role     = "AzureML Data Scientist"
      scope    = azurerm_machine_learning_workspace.this.id
      reason   = "A training run registers its model."
    }
    inference-submits-jobs = {
      identity = "inference"
      role     = "AzureML Data Scientist"
      scope    = azurerm_machine_learning_workspace.this.id
      reason   = "The service submits a job for each image and reads the result."
    }
    inference-finds-workspace = {
      identity = "inference"
      role     = "Reader"
      scope    = azurerm_machine_learning_workspace.this.id
      reason   = "While it starts, the service lists its subscription and reads the workspace."
    }
    inference-reads-its-key = {
      identity = "inference"
      role     = "Key Vault Secrets User"
      scope    = "${azurerm_key_vault.this.id}/secrets/${local.inference_key_secret}"
      reason   = "The service compares callers with its pass key; this one secret only."
    }
    probe-reads-logs = {
      identity = "probe"
      role     = "Reader"
      scope    = azurerm_machine_learning_workspace.this.id
      reason   = "The probe fetches log lines and metrics of a run."
    }
    probe-reads-the-key = {
      identity = "probe"
      role     = "Key Vault Secrets User"
      scope    = "${azurerm_key_vault.this.id}/secrets/${local.inference_key_secret}"
      reason   = "The smoke test calls the service from inside; this one secret only."
    }
  }
}

resource "azurerm_role_assignment" "this" {
  for_each = local.role_assignments

  # Named by what it is for, so that an assignment which a cut-off run left behind can be recognised.
  name                 = uuidv5("url", "innereye-closed-network/${lower(local.subscription_id)}/${var.environment}/${each.key}")
  scope                = each.value.scope
  role_definition_name = each.value.role
  principal_id         = azurerm_user_assigned_identity.this[each.value.identity].principal_id

  # The identity may be seconds old: Azure is told what it is instead of looking it up.
  principal_type                   = "ServicePrincipal"
  skip_service_principal_aad_check = true
}
