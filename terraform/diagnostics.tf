# Who did what, and what was refused: the logs of everything that keeps any, in one place. They take a
# way of Azure's own, which no rule here opens. Category groups follow what a service adds by itself.
# Not here: disks, interfaces, endpoints and plans keep no logs; what Application Insights is sent lies
# in the same place already; Bastion Developer is shared between customers and is left to the
# directory's own sign-in logs.
locals {
  logged = merge(
    {
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
    },
    { for name, group in azurerm_network_security_group.workload : "nsg-${name}" => group.id },
  )
}

# The kind of table is left to Azure: services differ in what they can, and some never say what they took.
resource "azurerm_monitor_diagnostic_setting" "this" {
  for_each = local.logged

  name                       = "to-log-analytics"
  target_resource_id         = each.value
  log_analytics_workspace_id = azurerm_log_analytics_workspace.this.id

  enabled_log {
    category_group = "allLogs"
  }
}
