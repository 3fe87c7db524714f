locals {
  # Which sizes can be spread over zones. A table, because checkov reads no calculation, and would pass
  # what it cannot read.
  plan_sizes_with_zones = {
    B1    = false, B2 = false, B3 = false,
    P0v3  = true, P1v3 = true, P2v3 = true, P3v3 = true,
    P1mv3 = true, P2mv3 = true, P3mv3 = true, P4mv3 = true, P5mv3 = true,
    P0v4  = true, P1v4 = true, P2v4 = true, P3v4 = true,
    P1mv4 = true, P2mv4 = true, P3mv4 = true, P4mv4 = true, P5mv4 = true,
  }
  plan_in_zones = var.zone_redundancy ? local.plan_sizes_with_zones[var.inference_plan_sku] : false
}

resource "azurerm_service_plan" "inference" {
  name                = "${var.environment}-inference-plan"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  os_type             = "Linux"
  sku_name            = var.inference_plan_sku
  tags                = local.tags

  # Two instances, in two zones where region and size have them.
  worker_count           = var.zone_redundancy ? 2 : 1
  zone_balancing_enabled = local.plan_in_zones
}

resource "azurerm_linux_web_app" "inference" {
  #checkov:skip=CKV_AZURE_13:the service itself refuses callers without its key; InnerEye-Gateway, the usual caller, has no account to sign in with
  #checkov:skip=CKV_AZURE_88:a mounted share would put the storage account's key into the app and the state; the app keeps no files

  name                            = local.names.web_app
  resource_group_name             = azurerm_resource_group.this.name
  location                        = azurerm_resource_group.this.location
  service_plan_id                 = azurerm_service_plan.inference.id
  virtual_network_subnet_id       = azurerm_subnet.workload["inference"].id
  public_network_access_enabled   = false
  https_only                      = true
  key_vault_reference_identity_id = azurerm_user_assigned_identity.this["inference"].id
  tags                            = local.tags

  # A certificate is asked for and none is demanded: callers have none, but an institute's own may show
  # one. "Optional" asks within the handshake; "OptionalInteractiveUser" would renegotiate, which breaks
  # HTTP/2 and every upload above 100 KB (learn.microsoft.com, "Configure TLS mutual authentication").
  client_certificate_enabled = true
  client_certificate_mode    = "Optional"

  # Packages come through ARM; the two publishing passwords of an app stay off.
  ftp_publish_basic_authentication_enabled       = false
  webdeploy_publish_basic_authentication_enabled = false

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this["inference"].id]
  }

  site_config {
    always_on                         = true
    http2_enabled                     = true
    vnet_route_all_enabled            = true
    ip_restriction_default_action     = "Deny"
    scm_ip_restriction_default_action = "Deny"
    ftps_state                        = "Disabled"
    minimum_tls_version               = "1.2"
    health_check_path                 = "/"
    health_check_eviction_time_in_min = 5

    # serve.py and service.py are of the package (inference/): they start gunicorn on the packaged wheels, and
    # sign in with the managed identity. gunicorn from 22.0 drops headers with underscores, and the service's key comes in one (API_AUTH_SECRET).
    app_command_line = "python serve.py --bind=0.0.0.0:8000 --timeout 600 --workers 2 --header-map dangerous --access-logfile - --error-logfile - service:app"

    application_stack {
      python_version = "3.12"
    }
  }

  # On the app's own disk, for a person who looks into it; diagnostics.tf sends the same away.
  logs {
    detailed_error_messages = true
    failed_request_tracing  = true

    http_logs {
      file_system {
        retention_in_days = 7
        retention_in_mb   = 35
      }
    }
  }

  # The service's own names (InnerEye-Inference). App Service hands a connection string X of type
  # Custom to the process as CUSTOMCONNSTR_X, which is how the service reads its two secrets.
  app_settings = {
    CLUSTER           = local.names.compute_cluster
    WORKSPACE_NAME    = azurerm_machine_learning_workspace.this.name
    EXPERIMENT_NAME   = "main"
    RESOURCE_GROUP    = azurerm_resource_group.this.name
    SUBSCRIPTION_ID   = local.subscription_id
    TENANT_ID         = local.tenant_id
    APPLICATION_ID    = azurerm_user_assigned_identity.this["inference"].client_id
    DATASTORE_NAME    = "inferencetestimagestore"
    IMAGE_DATA_FOLDER = "temp-image-store"
  }

  connection_string {
    name  = "API_AUTH_SECRET"
    type  = "Custom"
    value = "@Microsoft.KeyVault(SecretUri=${azurerm_key_vault.this.vault_uri}secrets/${local.inference_key_secret})"
  }

  # The service refuses to start without a value here, but signs in with its managed identity.
  connection_string {
    name  = "AZUREML_SERVICE_PRINCIPAL_SECRET"
    type  = "Custom"
    value = "not-a-secret-managed-identity-is-used"
  }
}
