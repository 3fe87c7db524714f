# The one public address of the environment: traffic leaves by it, nothing is let in (no DNAT rule exists).
resource "azurerm_public_ip" "firewall" {
  name                = "${var.environment}-firewall-ip"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  allocation_method   = "Static"
  sku                 = "Standard"
  tags                = local.tags
}

resource "azurerm_firewall_policy" "this" {
  #checkov:skip=CKV_AZURE_220:intrusion prevention needs the Premium firewall, about 360 dollars a month more; addresses known to be bad are denied, and only the rows of egress.json leave at all

  name                     = "${var.environment}-firewall-policy"
  resource_group_name      = azurerm_resource_group.this.name
  location                 = azurerm_resource_group.this.location
  sku                      = "Standard"
  threat_intelligence_mode = "Deny"
  tags                     = local.tags
}

resource "azurerm_firewall" "this" {
  name                = "${var.environment}-firewall"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  sku_name            = "AZFW_VNet"
  sku_tier            = "Standard"
  firewall_policy_id  = azurerm_firewall_policy.this.id
  threat_intel_mode   = azurerm_firewall_policy.this.threat_intelligence_mode
  tags                = local.tags

  ip_configuration {
    name                 = "egress"
    subnet_id            = azurerm_subnet.firewall.id
    public_ip_address_id = azurerm_public_ip.firewall.id
  }
}
