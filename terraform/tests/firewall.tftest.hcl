mock_provider "azurerm" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  environment = "demo"
}

run "allow_list" {
  command = plan

  assert {
    condition     = azurerm_firewall_policy.this.threat_intelligence_mode == "Deny"
    error_message = "Known bad addresses are not denied."
  }
  assert {
    condition     = length(azurerm_firewall_policy_rule_collection_group.egress.nat_rule_collection) == 0
    error_message = "The firewall lets somebody in."
  }
  assert {
    condition = !strcontains(jsonencode([
      azurerm_firewall_policy_rule_collection_group.egress.network_rule_collection,
      azurerm_firewall_policy_rule_collection_group.egress.application_rule_collection,
    ]), "*")
    error_message = "A firewall rule has a wildcard."
  }
  assert {
    condition = alltrue(flatten([
      for collection in concat(
        azurerm_firewall_policy_rule_collection_group.egress.network_rule_collection,
        azurerm_firewall_policy_rule_collection_group.egress.application_rule_collection,
        ) : [
        for rule in collection.rule : [
          for source in rule.source_addresses : contains(values({ for name, subnet in local.workload_subnets : name => subnet.prefix }), source)
        ]
      ]
    ]))
    error_message = "A firewall rule has a source that is no workload subnet."
  }
  assert {
    condition = alltrue(flatten([
      for collection in azurerm_firewall_policy_rule_collection_group.egress.application_rule_collection : [
        for rule in collection.rule : [
          for protocol in rule.protocols : protocol.type == "Https" && protocol.port == 443
        ]
      ]
    ]))
    error_message = "A host is open on something else than HTTPS."
  }
  assert {
    condition = alltrue([
      for rule in azurerm_firewall_policy_rule_collection_group.egress.network_rule_collection[0].rule :
      rule.destination_ports == tolist(["443"]) || (rule.name == "compute-instance" && rule.destination_ports == tolist(["5831"]))
    ])
    error_message = "A service tag is open on a port that is not documented."
  }
  assert {
    condition = alltrue([
      for rule in azurerm_firewall_policy_rule_collection_group.egress.network_rule_collection[0].rule :
      rule.source_addresses == tolist([var.subnet_prefixes.default])
    ])
    error_message = "A service tag is open to more than the compute subnet."
  }
  assert {
    condition     = alltrue([for row in concat(values(local.allowed_tags), values(local.allowed_hosts)) : length(trimspace(row.reason)) > 10])
    error_message = "A row of the allow-list has no reason."
  }
  assert {
    condition = alltrue([
      for rule in azurerm_firewall_policy_rule_collection_group.egress.application_rule_collection[0].rule :
      contains(rule.source_addresses, var.subnet_prefixes.probe)
    ])
    error_message = "A host cannot be tried from the probe."
  }

  # Written out, so that a new row is a decision and not an accident.
  assert {
    condition = toset(flatten([
      for rule in azurerm_firewall_policy_rule_collection_group.egress.application_rule_collection[0].rule : rule.destination_fqdns
      ])) == toset([
      "aadcdn.msauth.net",
      "aadcdn.msftauth.net",
      "demotf${local.unique}.blob.core.windows.net",
      "graph.microsoft.com",
      "graph.windows.net",
      "login.microsoftonline.com",
      "management.azure.com",
      "ml.azure.com",
      "westeurope.api.azureml.ms",
    ])
    error_message = "The hosts that are open by default are not the ones that were decided."
  }
  assert {
    condition = toset(flatten([
      for rule in azurerm_firewall_policy_rule_collection_group.egress.network_rule_collection[0].rule : rule.destination_addresses
      ])) == toset([
      "AzureActiveDirectory",
      "AzureFrontDoor.FirstParty",
      "AzureMachineLearning",
      "AzureResourceManager",
      "BatchNodeManagement.westeurope",
      "MicrosoftContainerRegistry.westeurope",
      "Storage.westeurope",
    ])
    error_message = "The service tags that are open are not the ones that were decided."
  }
}

run "what_an_institute_adds" {
  command = plan

  variables {
    package_hosts = ["packages.example.org"]
    allowed_hosts = {
      "licence.example.org" = { reason = "Licence server of the viewer.", from = ["inference"] }
    }
  }

  assert {
    condition = [
      for rule in azurerm_firewall_policy_rule_collection_group.egress.application_rule_collection[0].rule : toset(rule.source_addresses)
      if contains(rule.destination_fqdns, "packages.example.org")
    ] == [toset([var.subnet_prefixes.default, var.subnet_prefixes.probe])]
    error_message = "The package mirror is not open to exactly the compute subnet and the probe."
  }
  assert {
    condition = [
      for rule in azurerm_firewall_policy_rule_collection_group.egress.application_rule_collection[0].rule : toset(rule.source_addresses)
      if contains(rule.destination_fqdns, "licence.example.org")
    ] == [toset([var.subnet_prefixes.inference, var.subnet_prefixes.probe])]
    error_message = "An added host is not open to exactly the subnets it was asked for and the probe."
  }
}
