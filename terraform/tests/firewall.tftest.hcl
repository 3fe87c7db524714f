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
    condition     = azurerm_firewall_policy.this.threat_intelligence_mode == "Deny" && azurerm_firewall.this.threat_intel_mode == "Deny"
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
    condition     = alltrue([for row in output.egress : min(length(trimspace(row.reason)), length(trimspace(row.breaks)), length(trimspace(row.reach))) > 10])
    error_message = "A row of the allow-list does not say why, what breaks without it, or how far it reaches."
  }
  assert {
    condition     = length(distinct([for row in output.egress : row.name])) == length(output.egress)
    error_message = "Two rows have one name."
  }
  assert {
    condition = alltrue([
      for rule in azurerm_firewall_policy_rule_collection_group.egress.application_rule_collection[0].rule :
      contains(rule.source_addresses, var.subnet_prefixes.probe)
    ])
    error_message = "A host cannot be tried from the probe."
  }

  # The firewall's rules are the file's rows and nothing else: names, destinations, sources, protocols, ports.
  assert {
    condition = [
      for rule in azurerm_firewall_policy_rule_collection_group.egress.network_rule_collection[0].rule : {
        name         = rule.name
        destinations = join(" ", rule.destination_addresses)
        sources      = join(" ", sort(rule.source_addresses))
        protocols    = join(" ", sort(rule.protocols))
        ports        = join(" ", rule.destination_ports)
      }
      ] == [
      for row in jsondecode(replace(file("./egress.json"), "$${location}", "westeurope")) : {
        name         = row.name
        destinations = join(" ", row.destinations)
        sources      = join(" ", sort([for subnet in row.from : var.subnet_prefixes[subnet]]))
        protocols    = join(" ", sort(row.protocols))
        ports        = join(" ", row.ports)
      } if row.kind == "tag" && try(row.unless, "") != "storage_guard"
    ]
    error_message = "The firewall's network rules are not the rows of egress.json."
  }
  assert {
    condition = [
      for rule in azurerm_firewall_policy_rule_collection_group.egress.application_rule_collection[0].rule : {
        name         = rule.name
        destinations = join(" ", rule.destination_fqdns)
        sources      = join(" ", sort(rule.source_addresses))
        protocols    = join(" ", [for protocol in rule.protocols : "${protocol.type}:${protocol.port}"])
      }
      ] == [
      for row in jsondecode(replace(replace(file("./egress.json"), "$${location}", "westeurope"), "$${state_account}", local.names.state_account)) : {
        name         = row.name
        destinations = join(" ", row.destinations)
        sources      = join(" ", sort([for subnet in row.from : var.subnet_prefixes[subnet]]))
        protocols    = "Https:443"
      } if row.kind == "host"
    ]
    error_message = "The firewall's host rules are not the rows of egress.json."
  }
  assert {
    condition = (
      length(azurerm_firewall_policy_rule_collection_group.egress.network_rule_collection) == 1 &&
      length(azurerm_firewall_policy_rule_collection_group.egress.application_rule_collection) == 1
    )
    error_message = "The firewall has rules besides the two collections of egress.json."
  }
  assert {
    condition = alltrue([
      for rule in azurerm_firewall_policy_rule_collection_group.egress.network_rule_collection[0].rule :
      try(length(rule.source_ip_groups), 0) + try(length(rule.destination_ip_groups), 0) + try(length(rule.destination_fqdns), 0) == 0
      ]) && alltrue([
      for rule in azurerm_firewall_policy_rule_collection_group.egress.application_rule_collection[0].rule :
      try(length(rule.source_ip_groups), 0) + try(length(rule.destination_fqdn_tags), 0) + try(length(rule.destination_urls), 0) + try(length(rule.web_categories), 0) + try(length(rule.destination_addresses), 0) == 0
    ])
    error_message = "A rule opens something by another way than the rows of egress.json say."
  }

  # Written out, so that a new row is a decision and not an accident.
  assert {
    condition = { for row in output.egress : row.name => join(" ", sort(row.from)) } == {
      "entra"                                       = "default"
      "resource-manager"                            = "default"
      "machine-learning"                            = "default"
      "compute-instance"                            = "default"
      "batch"                                       = "default"
      "base-images"                                 = "default"
      "login.microsoftonline.com"                   = "jumpbox probe"
      "management.azure.com"                        = "inference jumpbox probe"
      "westeurope.api.azureml.ms"                   = "inference jumpbox probe"
      "ml.azure.com"                                = "jumpbox probe"
      "graph.microsoft.com"                         = "jumpbox probe"
      "aadcdn.msftauth.net"                         = "jumpbox probe"
      "aadcdn.msauth.net"                           = "jumpbox probe"
      "demotf${local.unique}.blob.core.windows.net" = "inference probe"
    }
    error_message = "The rows that are open by default, or the subnets they are open to, are not the ones that were decided."
  }
}

run "what_an_institute_adds" {
  command = plan

  variables {
    package_hosts = ["packages.example.org"]
    allowed_hosts = {
      "licence.example.org"       = { reason = "Licence server of the viewer.", from = ["inference"] }
      "login.microsoftonline.com" = { reason = "A service that signs in by itself.", from = ["inference"] }
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

  # A second rule of the same name would be refused by Azure.
  assert {
    condition = [
      for row in output.egress : join(" ", row.from) if row.name == "login.microsoftonline.com"
    ] == ["inference jumpbox probe"]
    error_message = "A host that is on the list already is not opened further in its own row."
  }
}
