mock_provider "azurerm" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  environment = "demo"
}

# The mocked subscription is 00000000-0000-0000-0000-00000000000A; src/names.ts gives the same names for it.
run "names" {
  command = plan

  assert {
    condition = {
      resource_group   = azurerm_resource_group.this.name
      state_account    = local.names.state_account
      storage_account  = azurerm_storage_account.this.name
      images_account   = local.names.images_account
      registry         = azurerm_container_registry.this.name
      key_vault        = azurerm_key_vault.this.name
      workspace        = azurerm_machine_learning_workspace.this.name
      compute_cluster  = output.compute_cluster_name
      compute_instance = output.compute_instance_name
      web_app          = azurerm_linux_web_app.inference.name
      } == {
      resource_group   = "innereye-demo"
      state_account    = "demotf339581"
      storage_account  = "demost339581"
      images_account   = "demoim339581"
      registry         = "democr339581"
      key_vault        = "demo-kv-339581"
      workspace        = "demo-ml"
      compute_cluster  = "demo-cluster"
      compute_instance = "demo-ci-339581"
      web_app          = "demo-inference-339581"
    }
    error_message = "The names are not the ones that src/names.ts derives."
  }
}

run "longest_names_and_tags" {
  command = plan

  variables {
    environment = "abcdefghij1234"
    tags        = { "cost-centre" = "4711" }
  }

  assert {
    condition     = output.key_vault_name == "abcdefghij1234-kv-b13920" && output.compute_instance_name == "abcdefghij1234-ci-b13920"
    error_message = "The longest environment's names are not the ones that src/names.ts derives."
  }
  assert {
    condition = alltrue([
      for tags in [
        azurerm_resource_group.this.tags,
        azurerm_virtual_network.this.tags,
        azurerm_route_table.egress.tags,
        azurerm_public_ip.firewall.tags,
        azurerm_firewall_policy.this.tags,
        azurerm_firewall.this.tags,
        azurerm_storage_account.this.tags,
        azurerm_key_vault.this.tags,
        azurerm_container_registry.this.tags,
        azurerm_log_analytics_workspace.this.tags,
        azurerm_application_insights.this.tags,
        azurerm_machine_learning_workspace.this.tags,
        azurerm_service_plan.inference.tags,
        azurerm_linux_web_app.inference.tags,
        azurerm_network_interface.probe.tags,
        azurerm_linux_virtual_machine.probe.tags,
        azurerm_bastion_host.this["jumpbox"].tags,
        azurerm_network_interface.jumpbox["jumpbox"].tags,
        azurerm_windows_virtual_machine.jumpbox["jumpbox"].tags,
        azurerm_dev_test_global_vm_shutdown_schedule.this["probe"].tags,
        azurerm_subnet_service_endpoint_storage_policy.guard.tags,
        azurerm_network_security_group.workload["default"].tags,
        azurerm_private_endpoint.this["vault"].tags,
        azurerm_private_dns_zone.this["vault"].tags,
        azurerm_private_dns_zone_virtual_network_link.this["vault"].tags,
        azurerm_user_assigned_identity.this["cluster"].tags,
      ] : tags == tomap({ "cost-centre" = "4711", "innereye-environment" = "abcdefghij1234", "managed-by" = "innereye-closed-network" })
    ])
    error_message = "A resource does not carry the environment's tags."
  }
}
