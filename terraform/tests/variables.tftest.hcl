mock_provider "azurerm" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  environment = "demo"
}

run "other_ranges" {
  command = plan

  variables {
    address_space = "10.20.0.0/22"
    subnet_prefixes = {
      default   = "10.20.0.0/24"
      firewall  = "10.20.1.0/26"
      inference = "10.20.2.0/26"
      probe     = "10.20.3.0/29"
      jumpbox   = "10.20.3.8/29"
    }
  }

  assert {
    condition     = one(azurerm_subnet.workload["probe"].address_prefixes) == "10.20.3.0/29"
    error_message = "The given ranges are not used."
  }
}

# Each of these must be refused; a value that slipped through would be reported as a missing failure.
run "nonsense" {
  command = plan

  variables {
    environment            = ""
    location               = "West Europe"
    tags                   = { "managed-by" = "me" }
    address_space          = "ten"
    package_hosts          = ["*.example.org"]
    allowed_hosts          = { "a.example.org" = { reason = " " } }
    workspace_storage_auth = "sas"
    log_retention_days     = 7
    inference_plan_sku     = "F1"
    probe_vm_size          = "small"
    probe_ssh_public_key   = "-----BEGIN OPENSSH PRIVATE KEY-----"
    jumpbox_password       = "Short1Pass"
    jumpbox_vm_size        = "large"
    jumpbox_image          = { publisher = "", offer = "WindowsServer", sku = "2022" }
    shutdown_time          = "24:00"
    shutdown_time_zone     = "Europe/Berlin"
  }

  expect_failures = [var.jumpbox_password, var.jumpbox_vm_size, var.jumpbox_image, var.shutdown_time, var.shutdown_time_zone, var.environment, var.location, var.tags, var.address_space, var.package_hosts, var.allowed_hosts, var.workspace_storage_auth, var.log_retention_days, var.inference_plan_sku, var.probe_vm_size, var.probe_ssh_public_key]
}

run "capital_version_6_address_wildcard" {
  command = plan

  variables {
    environment   = "Demo"
    address_space = "fd00::/48"
    package_hosts = ["https://packages.example.org"]
    allowed_hosts = { "*.example.org" = { reason = "No." } }
  }

  expect_failures = [var.environment, var.address_space, var.package_hosts, var.allowed_hosts]
}

run "digit_host_bits_nowhere" {
  command = plan

  variables {
    environment   = "1abc"
    address_space = "10.1.0.5/16"
    allowed_hosts = { "a.example.org" = { reason = "No.", from = ["firewall"] } }
  }

  expect_failures = [var.environment, var.address_space, var.allowed_hosts]
}

run "hyphen_and_docker" {
  command = plan

  variables {
    environment   = "my-demo"
    address_space = "172.16.0.0/12"
    subnet_prefixes = {
      default   = "172.18.0.0/24"
      firewall  = "172.18.1.0/26"
      inference = "172.18.2.0/26"
      probe     = "172.18.3.0/28"
      jumpbox   = "172.18.4.0/28"
    }
  }

  expect_failures = [var.environment, var.address_space]
}

run "too_long_and_too_small" {
  command = plan

  variables {
    environment   = "abcdefghij12345"
    address_space = "10.1.0.0/25"
    subnet_prefixes = {
      default   = "10.1.0.0/27"
      firewall  = "10.1.0.64/26"
      inference = "10.1.0.32/28"
      probe     = "10.1.0.48/29"
      jumpbox   = "10.1.0.56/29"
    }
  }

  expect_failures = [var.environment, var.address_space]
}

run "subnet_outside" {
  command = plan

  variables {
    subnet_prefixes = { inference = "10.2.0.0/26" }
  }

  expect_failures = [var.subnet_prefixes]
}

run "subnets_overlap" {
  command = plan

  variables {
    subnet_prefixes = { probe = "10.1.0.16/28" }
  }

  expect_failures = [var.subnet_prefixes]
}

run "subnet_has_host_bits" {
  command = plan

  variables {
    subnet_prefixes = { probe = "10.1.3.1/28" }
  }

  expect_failures = [var.subnet_prefixes]
}

run "subnet_is_no_range" {
  command = plan

  variables {
    subnet_prefixes = { probe = "10.1.3.0" }
  }

  expect_failures = [var.subnet_prefixes]
}

run "subnet_too_small" {
  command = plan

  variables {
    subnet_prefixes = { firewall = "10.1.1.0/27" }
  }

  expect_failures = [var.subnet_prefixes]
}

run "region_without_a_pair" {
  command = plan

  variables {
    location = "polandcentral"
  }

  expect_failures = [var.data_in_second_region]
}

run "sizes_that_do_not_exist" {
  command = plan

  variables {
    inference_plan_sku = "P5v3"
    jumpbox_password   = "alllowercaseletters1"
    shutdown_time      = "2460"
  }

  expect_failures = [var.inference_plan_sku, var.jumpbox_password, var.shutdown_time]
}

run "jumpbox_subnet_too_small" {
  command = plan

  variables {
    subnet_prefixes = { jumpbox = "10.1.4.0/30" }
  }

  expect_failures = [var.subnet_prefixes]
}
