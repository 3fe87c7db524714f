mock_provider "azurerm" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  environment = "demo"
}

run "inference" {
  command = plan

  assert {
    condition     = azurerm_linux_web_app.inference.https_only == true
    error_message = "The web app answers plain HTTP."
  }
  assert {
    condition     = azurerm_linux_web_app.inference.virtual_network_subnet_id == azurerm_subnet.workload["inference"].id && azurerm_linux_web_app.inference.site_config[0].vnet_route_all_enabled == true
    error_message = "Traffic of the web app leaves by another way than the inference subnet."
  }
  assert {
    condition     = azurerm_linux_web_app.inference.ftp_publish_basic_authentication_enabled == false && azurerm_linux_web_app.inference.webdeploy_publish_basic_authentication_enabled == false
    error_message = "A publishing password is on."
  }
  assert {
    condition     = azurerm_linux_web_app.inference.site_config[0].always_on == true && azurerm_linux_web_app.inference.site_config[0].http2_enabled == true
    error_message = "The web app sleeps when nobody calls, or does not speak HTTP/2."
  }
  assert {
    condition     = azurerm_linux_web_app.inference.site_config[0].health_check_path == "/"
    error_message = "The platform does not look whether the service is healthy."
  }
  assert {
    condition     = azurerm_linux_web_app.inference.site_config[0].application_stack[0].python_version == "3.12"
    error_message = "The package is built for Python 3.12."
  }
  assert {
    condition = (
      azurerm_linux_web_app.inference.site_config[0].ip_restriction_default_action == "Deny" &&
      azurerm_linux_web_app.inference.site_config[0].scm_ip_restriction_default_action == "Deny"
    )
    error_message = "The web app or its publishing site would answer everybody as soon as public access were switched on."
  }

  # Anything but "Optional" would break uploads of images, or shut out callers who have no certificate.
  assert {
    condition     = azurerm_linux_web_app.inference.client_certificate_enabled == true && azurerm_linux_web_app.inference.client_certificate_mode == "Optional" && try(length(azurerm_linux_web_app.inference.client_certificate_exclusion_paths), 0) == 0
    error_message = "Certificates are asked for in a way that breaks uploads."
  }
  assert {
    condition     = one(azurerm_linux_web_app.inference.logs).detailed_error_messages == true && one(azurerm_linux_web_app.inference.logs).failed_request_tracing == true && length(one(azurerm_linux_web_app.inference.logs).http_logs) == 1
    error_message = "The web app keeps no logs of its own."
  }
  assert {
    condition     = azurerm_service_plan.inference.worker_count == 2 && azurerm_service_plan.inference.zone_balancing_enabled == true
    error_message = "By default the service does not run in two zones."
  }

  assert {
    condition = azurerm_linux_web_app.inference.app_settings == tomap({
      CLUSTER           = "demo-cluster"
      WORKSPACE_NAME    = "demo-ml"
      EXPERIMENT_NAME   = "main"
      RESOURCE_GROUP    = "innereye-demo"
      SUBSCRIPTION_ID   = "00000000-0000-0000-0000-00000000000A"
      TENANT_ID         = "00000000-0000-0000-0000-00000000000b"
      APPLICATION_ID    = azurerm_user_assigned_identity.this["inference"].client_id
      DATASTORE_NAME    = "inferencetestimagestore"
      IMAGE_DATA_FOLDER = "temp-image-store"
    })
    error_message = "The service's nine settings are not what it expects."
  }
  assert {
    condition = {
      for string in azurerm_linux_web_app.inference.connection_string : string.name => { type = string.type, value = string.value }
      } == {
      API_AUTH_SECRET                  = { type = "Custom", value = "@Microsoft.KeyVault(SecretUri=https://mock.vault.azure.net/secrets/inference-api-key)" }
      AZUREML_SERVICE_PRINCIPAL_SECRET = { type = "Custom", value = "not-a-secret-managed-identity-is-used" }
    }
    error_message = "The service's two secrets do not come as a Key Vault reference and as the text that is no secret."
  }
  assert {
    condition     = azurerm_linux_web_app.inference.key_vault_reference_identity_id == azurerm_user_assigned_identity.this["inference"].id
    error_message = "The web app reads the vault as somebody else."
  }
  assert {
    condition     = strcontains(azurerm_linux_web_app.inference.site_config[0].app_command_line, "--header-map dangerous")
    error_message = "The header with the service's key would be dropped."
  }
}

run "a_size_without_zones" {
  command = plan

  variables {
    inference_plan_sku = "B1"
  }

  assert {
    condition     = azurerm_service_plan.inference.sku_name == "B1" && azurerm_service_plan.inference.zone_balancing_enabled == false && azurerm_service_plan.inference.worker_count == 2
    error_message = "Azure would refuse to spread a Basic size over zones."
  }
}
