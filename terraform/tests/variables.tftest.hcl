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

run "name_empty" {
  command = plan

  variables {
    environment = ""
  }

  expect_failures = [var.environment]
}

run "name_capital" {
  command = plan

  variables {
    environment = "Demo"
  }

  expect_failures = [var.environment]
}

run "name_digit_first" {
  command = plan

  variables {
    environment = "1abc"
  }

  expect_failures = [var.environment]
}

run "name_hyphen" {
  command = plan

  variables {
    environment = "my-demo"
  }

  expect_failures = [var.environment]
}

run "name_too_long" {
  command = plan

  variables {
    environment = "abcdefghij12345"
  }

  expect_failures = [var.environment]
}

run "location_in_words" {
  command = plan

  variables {
    location = "West Europe"
  }

  expect_failures = [var.location]
}

run "own_tags" {
  command = plan

  variables {
    tags = { "managed-by" = "me" }
  }

  expect_failures = [var.tags]
}

run "space_is_no_range" {
  command = plan

  variables {
    address_space = "ten"
  }

  expect_failures = [var.address_space]
}

run "space_is_version_6" {
  command = plan

  variables {
    address_space = "fd00::/48"
  }

  expect_failures = [var.address_space]
}

run "space_has_host_bits" {
  command = plan

  variables {
    address_space = "10.1.0.5/16"
  }

  expect_failures = [var.address_space]
}

run "space_of_docker" {
  command = plan

  variables {
    address_space = "172.16.0.0/12"
    subnet_prefixes = {
      default   = "172.18.0.0/24"
      firewall  = "172.18.1.0/26"
      inference = "172.18.2.0/26"
      probe     = "172.18.3.0/28"
    }
  }

  expect_failures = [var.address_space]
}

run "space_too_small" {
  command = plan

  variables {
    address_space = "10.1.0.0/25"
    subnet_prefixes = {
      default   = "10.1.0.0/27"
      firewall  = "10.1.0.64/26"
      inference = "10.1.0.32/28"
      probe     = "10.1.0.48/29"
    }
  }

  expect_failures = [var.address_space]
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

run "package_wildcard" {
  command = plan

  variables {
    package_hosts = ["*.example.org"]
  }

  expect_failures = [var.package_hosts]
}

run "package_address" {
  command = plan

  variables {
    package_hosts = ["https://packages.example.org"]
  }

  expect_failures = [var.package_hosts]
}

run "host_without_reason" {
  command = plan

  variables {
    allowed_hosts = { "a.example.org" = { reason = " " } }
  }

  expect_failures = [var.allowed_hosts]
}

run "host_wildcard" {
  command = plan

  variables {
    allowed_hosts = { "*.example.org" = { reason = "No." } }
  }

  expect_failures = [var.allowed_hosts]
}

run "host_from_nowhere" {
  command = plan

  variables {
    allowed_hosts = { "a.example.org" = { reason = "No.", from = ["firewall"] } }
  }

  expect_failures = [var.allowed_hosts]
}

run "storage_auth" {
  command = plan

  variables {
    workspace_storage_auth = "sas"
  }

  expect_failures = [var.workspace_storage_auth]
}

run "log_days" {
  command = plan

  variables {
    log_retention_days = 7
  }

  expect_failures = [var.log_retention_days]
}

run "plan_sku" {
  command = plan

  variables {
    inference_plan_sku = "F1"
  }

  expect_failures = [var.inference_plan_sku]
}

run "probe_size" {
  command = plan

  variables {
    probe_vm_size = "small"
  }

  expect_failures = [var.probe_vm_size]
}

run "probe_private_key" {
  command = plan

  variables {
    probe_ssh_public_key = "-----BEGIN OPENSSH PRIVATE KEY-----"
  }

  expect_failures = [var.probe_ssh_public_key]
}
