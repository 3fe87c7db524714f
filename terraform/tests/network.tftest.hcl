mock_provider "azurerm" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  environment = "demo"
}

# Ids that differ, so that an association with the wrong subnet would show.
override_resource {
  target          = azurerm_subnet.workload["default"]
  override_during = plan
  values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/default" }
}

override_resource {
  target          = azurerm_subnet.workload["inference"]
  override_during = plan
  values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/inference" }
}

override_resource {
  target          = azurerm_subnet.workload["probe"]
  override_during = plan
  values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/probe" }
}

override_resource {
  target          = azurerm_subnet.workload["jumpbox"]
  override_during = plan
  values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/jumpbox" }
}

override_resource {
  target          = azurerm_network_security_group.workload["jumpbox"]
  override_during = plan
  values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/jumpbox" }
}

override_resource {
  target          = azurerm_network_security_group.workload["default"]
  override_during = plan
  values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/default" }
}

override_resource {
  target          = azurerm_network_security_group.workload["inference"]
  override_during = plan
  values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/inference" }
}

override_resource {
  target          = azurerm_network_security_group.workload["probe"]
  override_during = plan
  values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/probe" }
}

override_resource {
  target          = azurerm_firewall.this
  override_during = plan
  values = {
    id               = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/azureFirewalls/mock"
    ip_configuration = { private_ip_address = "10.1.1.4" }
  }
}

run "network" {
  command = plan

  assert {
    condition     = toset(keys(azurerm_subnet.workload)) == toset(["default", "inference", "probe", "jumpbox"])
    error_message = "The workload subnets are default, inference, probe and jumpbox."
  }
  assert {
    condition     = alltrue([for subnet in values(azurerm_subnet.workload) : subnet.default_outbound_access_enabled == false])
    error_message = "A workload subnet has Azure's default way out to the internet."
  }
  assert {
    condition     = azurerm_subnet.workload["inference"].delegation[0].service_delegation[0].name == "Microsoft.Web/serverFarms"
    error_message = "The inference subnet is not delegated to App Service."
  }
  assert {
    condition     = alltrue([for name in ["default", "probe", "jumpbox"] : length(azurerm_subnet.workload[name].delegation) == 0])
    error_message = "A subnet for compute or machines must not be delegated."
  }
  assert {
    condition     = azurerm_subnet.firewall.name == "AzureFirewallSubnet"
    error_message = "Azure finds the firewall's subnet by this name alone."
  }

  assert {
    condition = alltrue([
      for name, subnet in azurerm_subnet.workload :
      azurerm_subnet_network_security_group_association.workload[name].subnet_id == subnet.id &&
      azurerm_subnet_network_security_group_association.workload[name].network_security_group_id == azurerm_network_security_group.workload[name].id
    ])
    error_message = "A workload subnet has no security group, or the wrong one."
  }
  assert {
    condition = alltrue([
      for group in values(azurerm_network_security_group.workload) : anytrue([
        for rule in group.security_rule :
        rule.direction == "Inbound" && rule.access == "Deny" && rule.protocol == "*" && rule.source_address_prefix == "*" &&
        rule.source_port_range == "*" && rule.destination_address_prefix == "*" && rule.destination_port_range == "*" &&
        rule.priority == max([for other in group.security_rule : other.priority]...)
      ])
    ])
    error_message = "A security group does not end with a rule that denies everything inbound."
  }
  # Everything that may come in, written out.
  assert {
    condition = toset(flatten([
      for name, group in azurerm_network_security_group.workload : [
        for rule in group.security_rule :
        "${name}: ${rule.direction} ${rule.protocol} ${rule.source_address_prefix} to ${rule.destination_address_prefix} port ${rule.destination_port_range}"
        if rule.access == "Allow"
      ]
      ])) == toset([
      "default: Inbound * ${var.subnet_prefixes.default} to ${var.subnet_prefixes.default} port *",
      "jumpbox: Inbound Tcp 168.63.129.16/32 to ${var.subnet_prefixes.jumpbox} port 3389",
    ])
    error_message = "A security group lets in more than the compute subnet's own nodes and Bastion."
  }
  assert {
    condition = alltrue(flatten([
      for group in values(azurerm_network_security_group.workload) : [
        for rule in group.security_rule : length(coalesce(rule.source_address_prefixes, [])) + length(coalesce(rule.destination_port_ranges, [])) + length(coalesce(rule.source_application_security_group_ids, [])) == 0
      ]
    ]))
    error_message = "A rule has lists of sources or ports, which the rule above does not look at."
  }
  assert {
    condition = alltrue([
      for configuration in azurerm_network_interface.probe.ip_configuration :
      configuration.public_ip_address_id == null || configuration.public_ip_address_id == ""
    ])
    error_message = "The probe machine has a public address."
  }
  assert {
    condition     = azurerm_linux_virtual_machine.probe.disable_password_authentication == true
    error_message = "The probe machine takes a password."
  }

  assert {
    condition = alltrue([
      for name, subnet in azurerm_subnet.workload :
      azurerm_subnet_route_table_association.workload[name].subnet_id == subnet.id &&
      azurerm_subnet_route_table_association.workload[name].route_table_id == azurerm_route_table.egress.id
    ])
    error_message = "A workload subnet has no route table, or the wrong one."
  }
  assert {
    condition = length(azurerm_route_table.egress.route) == 1 && alltrue([
      for route in azurerm_route_table.egress.route :
      route.address_prefix == "0.0.0.0/0" && route.next_hop_type == "VirtualAppliance" && route.next_hop_in_ip_address == "10.1.1.4"
    ])
    error_message = "Not everything is routed to the firewall's private address."
  }
  assert {
    condition     = azurerm_route_table.egress.bgp_route_propagation_enabled == false
    error_message = "A gateway could teach the subnets another way out."
  }
  assert {
    condition     = length(azurerm_firewall.this.ip_configuration) == 1 && azurerm_firewall.this.ip_configuration[0].subnet_id == azurerm_subnet.firewall.id
    error_message = "The firewall is not in its subnet."
  }
}
