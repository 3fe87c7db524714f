mock_provider "azurerm" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  environment = "demo"
}

override_resource {
  target          = azurerm_subnet.workload["jumpbox"]
  override_during = plan
  values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/jumpbox" }
}

override_resource {
  target          = azurerm_network_interface.jumpbox["jumpbox"]
  override_during = plan
  values          = { id = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/g/providers/Microsoft.Network/networkInterfaces/jumpbox" }
}

run "jumpbox" {
  command = plan

  assert {
    condition     = output.jumpbox_name == "demo-jumpbox" && azurerm_windows_virtual_machine.jumpbox["jumpbox"].name == "demo-jumpbox"
    error_message = "The machine for a person's look is not there, or the output does not name it."
  }
  assert {
    condition     = azurerm_windows_virtual_machine.jumpbox["jumpbox"].network_interface_ids == tolist([azurerm_network_interface.jumpbox["jumpbox"].id])
    error_message = "The jumpbox has another interface than its own."
  }
  assert {
    condition = alltrue([
      for configuration in azurerm_network_interface.jumpbox["jumpbox"].ip_configuration :
      (configuration.public_ip_address_id == null || configuration.public_ip_address_id == "") && configuration.subnet_id == azurerm_subnet.workload["jumpbox"].id
    ])
    error_message = "The jumpbox has a public address, or stands in another subnet than its own."
  }
  assert {
    condition     = length(azurerm_windows_virtual_machine.jumpbox["jumpbox"].identity) == 0
    error_message = "The jumpbox has an identity, so somebody on it would have its roles."
  }
  assert {
    condition     = !anytrue([for row in values(local.role_assignments) : strcontains(row.identity, "jumpbox")]) && !contains(keys(azurerm_user_assigned_identity.this), "jumpbox")
    error_message = "The jumpbox has a role."
  }
  assert {
    condition = (
      azurerm_windows_virtual_machine.jumpbox["jumpbox"].encryption_at_host_enabled && azurerm_linux_virtual_machine.probe.encryption_at_host_enabled &&
      azurerm_windows_virtual_machine.jumpbox["jumpbox"].secure_boot_enabled && azurerm_linux_virtual_machine.probe.secure_boot_enabled &&
      azurerm_windows_virtual_machine.jumpbox["jumpbox"].vtpm_enabled && azurerm_linux_virtual_machine.probe.vtpm_enabled
    )
    error_message = "A machine is not encrypted at its host, or starts what nobody signed."
  }
  assert {
    condition     = azurerm_windows_virtual_machine.jumpbox["jumpbox"].size == "Standard_D2as_v5" && azurerm_windows_virtual_machine.jumpbox["jumpbox"].source_image_reference[0].offer == "WindowsServer"
    error_message = "The jumpbox has another size or image than was decided."
  }

  # Developer is the kind without a public address and without a subnet.
  assert {
    condition = alltrue([
      for bastion in values(azurerm_bastion_host.this) :
      bastion.sku == "Developer" && length(bastion.ip_configuration) == 0 && bastion.virtual_network_id == azurerm_virtual_network.this.id
    ]) && length(azurerm_bastion_host.this) == 1
    error_message = "Bastion is of a kind that has a public address."
  }

  assert {
    condition = {
      for name, schedule in azurerm_dev_test_global_vm_shutdown_schedule.this :
      name => "${basename(schedule.virtual_machine_id)} ${schedule.enabled} ${schedule.daily_recurrence_time} ${schedule.timezone}"
      } == {
      jumpbox = "jumpbox true 2000 UTC"
      probe   = "probe true 2000 UTC"
    }
    error_message = "A machine is not switched off at night."
  }
}

run "the_password" {
  command = plan

  variables {
    jumpbox_password = "Correct-Horse-7"
  }

  assert {
    condition     = nonsensitive(azurerm_windows_virtual_machine.jumpbox["jumpbox"].admin_password) == "Correct-Horse-7"
    error_message = "The machine is not made with the password that was given."
  }
}

# Applying for real, so that the refusal is seen; nothing is made before it.
run "no_apply_without_a_password" {
  command = apply

  expect_failures = [azurerm_resource_group.this]
}

run "no_jumpbox" {
  command = plan

  variables {
    jumpbox = false
  }

  assert {
    condition     = output.jumpbox_name == "" && length(azurerm_windows_virtual_machine.jumpbox) + length(azurerm_bastion_host.this) + length(azurerm_network_interface.jumpbox) == 0
    error_message = "Something of the jumpbox is made although nobody wants one."
  }
  assert {
    condition     = alltrue([for rule in azurerm_network_security_group.workload["jumpbox"].security_rule : rule.access == "Deny"])
    error_message = "The way in is open although there is no jumpbox."
  }
  assert {
    condition     = keys(azurerm_dev_test_global_vm_shutdown_schedule.this) == ["probe"]
    error_message = "The probe is not switched off at night, or something else is."
  }
}

run "other_machines" {
  command = plan

  variables {
    encryption_at_host = false
    shutdown_time      = "0130"
    shutdown_time_zone = "W. Europe Standard Time"
    jumpbox_vm_size    = "Standard_D4as_v5"
    jumpbox_image      = { publisher = "microsoft-dsvm", offer = "dsvm-win-2022", sku = "winserver-2022" }
  }

  assert {
    condition     = !azurerm_windows_virtual_machine.jumpbox["jumpbox"].encryption_at_host_enabled && !azurerm_linux_virtual_machine.probe.encryption_at_host_enabled
    error_message = "A subscription without the feature could not have the machines."
  }
  assert {
    condition     = azurerm_windows_virtual_machine.jumpbox["jumpbox"].size == "Standard_D4as_v5" && azurerm_windows_virtual_machine.jumpbox["jumpbox"].source_image_reference[0].version == "latest"
    error_message = "Size and image of the jumpbox are not the ones that were chosen."
  }
  assert {
    condition     = alltrue([for schedule in values(azurerm_dev_test_global_vm_shutdown_schedule.this) : schedule.daily_recurrence_time == "0130" && schedule.timezone == "W. Europe Standard Time"])
    error_message = "The machines are switched off at another time than was chosen."
  }
}
