# What the later stages read (src/terraform/outputs.ts), nothing more; no secret among them.

output "resource_group" {
  description = "Resource group of the environment."
  value       = azurerm_resource_group.this.name
}

output "location" {
  description = "Azure region of the environment."
  value       = azurerm_resource_group.this.location
}

output "subscription_id" {
  description = "Subscription of the environment."
  value       = local.subscription_id
}

output "tenant_id" {
  description = "Entra tenant of the environment."
  value       = local.tenant_id
}

output "workspace_name" {
  description = "Machine learning workspace."
  value       = azurerm_machine_learning_workspace.this.name
}

output "workspace_id" {
  description = "Resource id of the machine learning workspace."
  value       = azurerm_machine_learning_workspace.this.id
}

output "compute_cluster_name" {
  description = "Name that the compute cluster will have."
  value       = local.names.compute_cluster
}

output "compute_instance_name" {
  description = "Name that the compute instance will have."
  value       = local.names.compute_instance
}

output "vnet_name" {
  description = "Virtual network."
  value       = azurerm_virtual_network.this.name
}

output "subnet_name" {
  description = "Subnet for compute."
  value       = azurerm_subnet.workload["default"].name
}

output "subnet_id" {
  description = "Resource id of the subnet for compute."
  value       = azurerm_subnet.workload["default"].id
}

output "registry_name" {
  description = "Container registry."
  value       = azurerm_container_registry.this.name
}

output "registry_login_server" {
  description = "Host name of the container registry."
  value       = azurerm_container_registry.this.login_server
}

output "key_vault_name" {
  description = "Key vault."
  value       = azurerm_key_vault.this.name
}

output "key_vault_uri" {
  description = "Address of the key vault."
  value       = azurerm_key_vault.this.vault_uri
}

output "storage_account_name" {
  description = "Storage account of the workspace."
  value       = azurerm_storage_account.this.name
}

output "cluster_identity_id" {
  description = "Resource id of the identity that the cluster's jobs run as."
  value       = azurerm_user_assigned_identity.this["cluster"].id
}

output "cluster_identity_principal_id" {
  description = "Object id of the identity that the cluster's jobs run as."
  value       = azurerm_user_assigned_identity.this["cluster"].principal_id
}

output "inference_identity_client_id" {
  description = "Client id of the identity that the web app runs as."
  value       = azurerm_user_assigned_identity.this["inference"].client_id
}

output "inference_app_name" {
  description = "Web app of the inference service."
  value       = azurerm_linux_web_app.inference.name
}

output "inference_app_host" {
  description = "Host name of the web app, without scheme."
  value       = azurerm_linux_web_app.inference.default_hostname
}

output "probe_name" {
  description = "Probe machine."
  value       = azurerm_linux_virtual_machine.probe.name
}

output "jumpbox_name" {
  description = "Windows machine for a person's look; empty where there is none."
  value       = var.jumpbox ? azurerm_windows_virtual_machine.jumpbox["jumpbox"].name : ""
}

output "egress" {
  description = "What the firewall lets out: each row of egress.json as it was deployed, with what the variables added."
  value       = local.egress
}
