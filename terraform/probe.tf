# The vantage point inside the network: curl, run through Azure's Run Command. No public address, no
# inbound port, nobody signs in; it is deallocated between uses.
resource "azurerm_network_interface" "probe" {
  name                = "${var.environment}-probe-nic"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  tags                = local.tags

  ip_configuration {
    name                          = "internal"
    subnet_id                     = azurerm_subnet.workload["probe"].id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_linux_virtual_machine" "probe" {
  #checkov:skip=CKV_AZURE_50:Run Command is the only way to use this machine, and it is an extension; only the deployer may call it

  name                            = "${var.environment}-probe"
  resource_group_name             = azurerm_resource_group.this.name
  location                        = azurerm_resource_group.this.location
  size                            = var.probe_vm_size
  network_interface_ids           = [azurerm_network_interface.probe.id]
  admin_username                  = "innereye"
  disable_password_authentication = true
  encryption_at_host_enabled      = var.encryption_at_host
  secure_boot_enabled             = true
  vtpm_enabled                    = true
  tags                            = local.tags

  admin_ssh_key {
    username   = "innereye"
    public_key = var.probe_ssh_public_key
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this["probe"].id]
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = "Standard_LRS"
  }

  # Canonical withdraws old versions, so a pinned one would stop new environments; it is read once, at creation.
  source_image_reference {
    publisher = "Canonical"
    offer     = "ubuntu-24_04-lts"
    sku       = "server"
    version   = "latest"
  }
}
