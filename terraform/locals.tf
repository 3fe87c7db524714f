locals {
  subscription_id = data.azurerm_client_config.current.subscription_id
  tenant_id       = data.azurerm_client_config.current.tenant_id

  # Six characters that make global names unique to subscription and environment, the same on every run.
  unique = substr(sha256("${lower(local.subscription_id)}/${var.environment}"), 0, 6)

  # The same names as src/names.ts; a test compares the two.
  names = {
    resource_group   = "innereye-${var.environment}"
    state_account    = "${var.environment}tf${local.unique}"
    storage_account  = "${var.environment}st${local.unique}"
    images_account   = "${var.environment}im${local.unique}"
    registry         = "${var.environment}cr${local.unique}"
    key_vault        = "${var.environment}-kv-${local.unique}"
    workspace        = "${var.environment}-ml"
    compute_cluster  = "${var.environment}-cluster"
    compute_instance = "${var.environment}-ci-${local.unique}"
    web_app          = "${var.environment}-inference-${local.unique}"
  }

  tags = merge(var.tags, {
    "innereye-environment" = var.environment
    "managed-by"           = "innereye-closed-network"
  })

  # Subnets where something runs; each gets a security group and the route to the firewall.
  # A subnet cannot be delegated and hold private endpoints or compute, hence one for the web app.
  workload_subnets = {
    default   = { prefix = var.subnet_prefixes.default, delegation = null, storage_guard = var.storage_guard }
    inference = { prefix = var.subnet_prefixes.inference, delegation = "Microsoft.Web/serverFarms", storage_guard = false }
    probe     = { prefix = var.subnet_prefixes.probe, delegation = null, storage_guard = false }
    jumpbox   = { prefix = var.subnet_prefixes.jumpbox, delegation = null, storage_guard = false }
  }
}
