mock_provider "azurerm" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  environment = "demo"
}

run "diagnostics" {
  command = plan

  # Written out: what keeps logs and is not here would keep them to itself.
  assert {
    condition = {
      for name, setting in azurerm_monitor_diagnostic_setting.this : name => setting.target_resource_id
      } == merge({
        firewall  = azurerm_firewall.this.id
        address   = azurerm_public_ip.firewall.id
        network   = azurerm_virtual_network.this.id
        vault     = azurerm_key_vault.this.id
        blob      = "${azurerm_storage_account.this.id}/blobServices/default"
        file      = "${azurerm_storage_account.this.id}/fileServices/default"
        queue     = "${azurerm_storage_account.this.id}/queueServices/default"
        table     = "${azurerm_storage_account.this.id}/tableServices/default"
        registry  = azurerm_container_registry.this.id
        workspace = azurerm_machine_learning_workspace.this.id
        inference = azurerm_linux_web_app.inference.id
        logs      = azurerm_log_analytics_workspace.this.id
    }, { for name in ["default", "inference", "probe", "jumpbox"] : "nsg-${name}" => azurerm_network_security_group.workload[name].id })
    error_message = "A service keeps no log, or the log of another."
  }
  assert {
    condition = alltrue([
      for setting in values(azurerm_monitor_diagnostic_setting.this) :
      setting.log_analytics_workspace_id == azurerm_log_analytics_workspace.this.id &&
      [for log in setting.enabled_log : log.category_group] == ["allLogs"]
    ])
    error_message = "A log goes elsewhere, or is not whole."
  }
  assert {
    condition     = azurerm_log_analytics_workspace.this.retention_in_days == 90 && azurerm_log_analytics_workspace.this.local_authentication_enabled == false
    error_message = "Logs are kept for another time than was decided, or can be read with a key."
  }
}
