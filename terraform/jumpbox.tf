# A machine for a person's look at the studio: reached by Azure Bastion in the portal, and by nothing
# else. It has no public address, no identity, no role and no data, and is switched off every night.
locals {
  jumpbox = var.jumpbox ? { jumpbox = var.subnet_prefixes.jumpbox } : {}

  # azurerm wants a password in every plan; a plan that nobody applies has none (network.tf refuses to
  # apply without one). So this text never reaches a machine.
  jumpbox_password_for_planning = "Only-a-plan-may-have-this-1"
}

# Developer: no public address, no subnet and no cost of its own; one session at a time, in a browser.
# It looks for its network by the id alone.
resource "azurerm_bastion_host" "this" {
  for_each = local.jumpbox

  name                = "${var.environment}-bastion"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  sku                 = "Developer"
  virtual_network_id  = azurerm_virtual_network.this.id
  tags                = local.tags
}

resource "azurerm_network_interface" "jumpbox" {
  for_each = local.jumpbox

  name                = "${var.environment}-jumpbox-nic"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  tags                = local.tags

  ip_configuration {
    name                          = "internal"
    subnet_id                     = azurerm_subnet.workload["jumpbox"].id
    private_ip_address_allocation = "Dynamic"
  }

  # A machine that starts before its way out exists comes up half ready.
  depends_on = [azurerm_subnet_route_table_association.workload]
}

resource "azurerm_windows_virtual_machine" "jumpbox" {
  #checkov:skip=CKV_AZURE_50:a person sets their password by the portal's reset, which is an extension; without extensions the machine could not be used or its first password made void

  for_each = local.jumpbox

  name                       = "${var.environment}-jumpbox"
  computer_name              = "jumpbox"
  resource_group_name        = azurerm_resource_group.this.name
  location                   = azurerm_resource_group.this.location
  size                       = var.jumpbox_vm_size
  network_interface_ids      = [azurerm_network_interface.jumpbox[each.key].id]
  admin_username             = "innereye"
  admin_password             = coalesce(var.jumpbox_password, local.jumpbox_password_for_planning)
  encryption_at_host_enabled = var.encryption_at_host
  secure_boot_enabled        = true
  vtpm_enabled               = true
  tags                       = local.tags

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = "Standard_LRS"
  }

  source_image_reference {
    publisher = var.jumpbox_image.publisher
    offer     = var.jumpbox_image.offer
    sku       = var.jumpbox_image.sku
    version   = var.jumpbox_image.version
  }

  # Each run gives another password, which only a new machine takes; the action makes it void right after.
  lifecycle {
    ignore_changes = [admin_password]
  }
}

resource "azurerm_dev_test_global_vm_shutdown_schedule" "this" {
  for_each = merge(
    { probe = azurerm_linux_virtual_machine.probe.id },
    { for key in keys(local.jumpbox) : key => azurerm_windows_virtual_machine.jumpbox[key].id },
  )

  virtual_machine_id    = each.value
  location              = azurerm_resource_group.this.location
  enabled               = true
  daily_recurrence_time = var.shutdown_time
  timezone              = var.shutdown_time_zone
  tags                  = local.tags

  notification_settings {
    enabled = false
  }
}
