mock_provider "azurerm" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  environment = "demo"
}

override_resource {
  target          = azurerm_subnet_service_endpoint_storage_policy.guard
  override_during = plan
  values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/serviceEndpointPolicies/guard" }
}

run "guard" {
  command = plan

  assert {
    condition = [
      for definition in azurerm_subnet_service_endpoint_storage_policy.guard.definition :
      { service = definition.service, resources = definition.service_resources }
      ] == [
      { service = "Microsoft.Storage", resources = toset([azurerm_storage_account.this.id]) },
      { service = "Global", resources = toset(["/services/Azure/MachineLearning"]) },
    ]
    error_message = "The policy lets the compute subnet reach other accounts than its own and Azure Machine Learning's."
  }
  assert {
    condition = (
      azurerm_subnet.workload["default"].service_endpoint_policy_ids == toset([azurerm_subnet_service_endpoint_storage_policy.guard.id]) &&
      [for endpoint in azurerm_subnet.workload["default"].service_endpoint : endpoint.service] == ["Microsoft.Storage"]
    )
    error_message = "The compute subnet does not follow the policy."
  }
  assert {
    condition = alltrue([
      for name, subnet in azurerm_subnet.workload : name == "default" || length(subnet.service_endpoint) + try(length(subnet.service_endpoint_policy_ids), 0) == 0
    ])
    error_message = "Another subnet has a way to storage that passes the firewall by."
  }
  assert {
    condition     = !contains([for row in output.egress : row.name], "batch-storage") && !strcontains(jsonencode(azurerm_firewall_policy_rule_collection_group.egress.network_rule_collection), "Storage.")
    error_message = "The firewall still opens every storage account of the region."
  }
}

run "no_guard" {
  command = plan

  variables {
    storage_guard = false
  }

  assert {
    condition     = alltrue([for subnet in values(azurerm_subnet.workload) : length(subnet.service_endpoint) + try(length(subnet.service_endpoint_policy_ids), 0) == 0])
    error_message = "A subnet has a service endpoint that nobody guards."
  }
  assert {
    condition = [
      for rule in azurerm_firewall_policy_rule_collection_group.egress.network_rule_collection[0].rule :
      "${join(",", rule.destination_addresses)} ${join(",", rule.source_addresses)}" if rule.name == "batch-storage"
    ] == ["Storage.westeurope ${var.subnet_prefixes.default}"]
    error_message = "Without the guard, nodes could not start."
  }
}

run "copies" {
  command = plan

  assert {
    condition     = azurerm_storage_account.this.account_replication_type == "GZRS"
    error_message = "By default the data are not kept in three zones and a second region."
  }
  assert {
    condition     = [for copy in azurerm_container_registry.this.georeplications : "${copy.location} ${copy.zone_redundancy_enabled}"] == ["northeurope true"]
    error_message = "By default the images are not kept in the second region."
  }
  assert {
    condition     = one(azurerm_storage_account.this.sas_policy).expiration_period == "01.00:00:00"
    error_message = "A link that is meant to last longer than a day would not show."
  }
  assert {
    condition     = azurerm_container_registry.this.retention_policy_in_days == 365
    error_message = "Images without a tag are kept for another time than was decided."
  }
}

run "a_pair_that_is_not_open" {
  command = plan

  variables {
    location = "germanywestcentral"
  }

  assert {
    condition     = azurerm_storage_account.this.account_replication_type == "GZRS" && length(azurerm_container_registry.this.georeplications) == 0
    error_message = "Images are copied to a region that is not open to every customer."
  }
}

run "one_region" {
  command = plan

  variables {
    data_in_second_region = false
    location              = "polandcentral"
  }

  assert {
    condition     = azurerm_storage_account.this.account_replication_type == "ZRS" && length(azurerm_container_registry.this.georeplications) == 0
    error_message = "Something leaves the region that must not."
  }
}

run "two_regions_without_zones" {
  command = plan

  variables {
    zone_redundancy = false
  }

  assert {
    condition     = azurerm_storage_account.this.account_replication_type == "GRS" && [for copy in azurerm_container_registry.this.georeplications : copy.zone_redundancy_enabled] == [false]
    error_message = "Something still asks for zones."
  }
}
