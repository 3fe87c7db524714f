resource "azurerm_user_assigned_identity" "this" {
  for_each = {
    cluster   = "Jobs on the compute cluster."
    inference = "The web app of the inference service."
    probe     = "The probe machine."
  }

  name                = "${var.environment}-${each.key}-identity"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  tags                = local.tags
}
