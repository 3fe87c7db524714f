resource "azurerm_resource_group" "this" {
  name     = local.names.resource_group
  location = var.location
  tags     = local.tags

  # Here, because it comes before everything else: nothing is touched by an apply that could not end well.
  lifecycle {
    precondition {
      condition     = !var.jumpbox || var.jumpbox_password != null || !terraform.applying
      error_message = "jumpbox_password: it is missing, and an apply must not give the jumpbox a password that is public. The action gives one in each run; by hand, set TF_VAR_jumpbox_password to a long random text, or jumpbox to false."
    }
  }
}

resource "azurerm_virtual_network" "this" {
  name                = "${var.environment}-vnet"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  address_space       = [var.address_space]
  tags                = local.tags
}

resource "azurerm_subnet" "workload" {
  for_each = local.workload_subnets

  name                            = each.key
  resource_group_name             = azurerm_resource_group.this.name
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [each.value.prefix]
  default_outbound_access_enabled = false
  service_endpoint_policy_ids     = each.value.storage_guard ? [azurerm_subnet_service_endpoint_storage_policy.guard.id] : null

  dynamic "service_endpoint" {
    for_each = each.value.storage_guard ? ["Microsoft.Storage"] : []

    content {
      service = service_endpoint.value
    }
  }

  dynamic "delegation" {
    for_each = each.value.delegation[*]

    content {
      name = "delegation"

      service_delegation {
        name    = delegation.value
        actions = ["Microsoft.Network/virtualNetworks/subnets/action"]
      }
    }
  }
}

# Azure fixes this name. It has neither security group (Azure refuses one) nor route: its way out is the way out.
resource "azurerm_subnet" "firewall" {
  name                 = "AzureFirewallSubnet"
  resource_group_name  = azurerm_resource_group.this.name
  virtual_network_name = azurerm_virtual_network.this.name
  address_prefixes     = [var.subnet_prefixes.firewall]
}

# Azure's own rules let the tag VirtualNetwork in, and that tag takes in every range that a route
# table names: with our 0.0.0.0/0 it means everybody. So each group says itself who may come in.
resource "azurerm_network_security_group" "workload" {
  for_each = local.workload_subnets

  name                = "${var.environment}-${each.key}-nsg"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  tags                = local.tags

  # Nodes of one training talk to each other. Private endpoints are not subject to the group.
  dynamic "security_rule" {
    for_each = each.key == "default" ? [each.value.prefix] : []

    content {
      name                       = "allow-own-subnet"
      priority                   = 100
      direction                  = "Inbound"
      access                     = "Allow"
      protocol                   = "*"
      source_port_range          = "*"
      destination_port_range     = "*"
      source_address_prefix      = security_rule.value
      destination_address_prefix = security_rule.value
    }
  }

  # The address that Bastion Developer connects from, inside Azure's own network; it is not routed from
  # anywhere else (learn.microsoft.com, "Quickstart: Connect with Azure Bastion Developer", and "What is
  # IP address 168.63.129.16?").
  dynamic "security_rule" {
    for_each = { for key, prefix in local.jumpbox : key => prefix if key == each.key }

    content {
      name                       = "allow-bastion"
      priority                   = 100
      direction                  = "Inbound"
      access                     = "Allow"
      protocol                   = "Tcp"
      source_port_range          = "*"
      destination_port_range     = "3389"
      source_address_prefix      = "168.63.129.16/32"
      destination_address_prefix = security_rule.value
    }
  }

  security_rule {
    name                       = "deny-inbound"
    priority                   = 4096
    direction                  = "Inbound"
    access                     = "Deny"
    protocol                   = "*"
    source_port_range          = "*"
    destination_port_range     = "*"
    source_address_prefix      = "*"
    destination_address_prefix = "*"
  }
}

resource "azurerm_subnet_network_security_group_association" "workload" {
  for_each = local.workload_subnets

  subnet_id                 = azurerm_subnet.workload[each.key].id
  network_security_group_id = azurerm_network_security_group.workload[each.key].id
}

resource "azurerm_route_table" "egress" {
  name                = "${var.environment}-egress"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  tags                = local.tags

  # A gateway that somebody adds one day must not teach these subnets another way out.
  bgp_route_propagation_enabled = false

  route {
    name                   = "everything-to-the-firewall"
    address_prefix         = "0.0.0.0/0"
    next_hop_type          = "VirtualAppliance"
    next_hop_in_ip_address = azurerm_firewall.this.ip_configuration[0].private_ip_address
  }
}

resource "azurerm_subnet_route_table_association" "workload" {
  for_each = local.workload_subnets

  subnet_id      = azurerm_subnet.workload[each.key].id
  route_table_id = azurerm_route_table.egress.id
}
