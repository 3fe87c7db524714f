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
  }

  expect_failures = [var.environment, var.location, var.tags, var.address_space, var.package_hosts, var.allowed_hosts, var.workspace_storage_auth, var.log_retention_days, var.inference_plan_sku, var.probe_vm_size, var.probe_ssh_public_key]
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
