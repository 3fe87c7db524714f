# Nodes of a compute fetch their start-up files from storage accounts of Microsoft's, which the firewall
# can only open as "every account of the region". With the guard, traffic to storage leaves the compute
# subnet by a service endpoint instead, and the policy on it names the accounts that can be reached:
# this environment's own, and those of Azure Machine Learning (learn.microsoft.com, "Azure Machine
# Learning data exfiltration prevention").
#
# The policy is always there, and var.storage_guard decides whether the subnet follows it: a policy that
# came and went could not be deleted while the subnet still held on to it.
resource "azurerm_subnet_service_endpoint_storage_policy" "guard" {
  name                = "${var.environment}-storage-guard"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  tags                = local.tags

  definition {
    name              = "own-account"
    description       = "The workspace's storage account of this environment."
    service           = "Microsoft.Storage"
    service_resources = [azurerm_storage_account.this.id]
  }

  definition {
    name              = "machine-learning"
    description       = "Accounts in which Azure Machine Learning and Batch keep the files that nodes start with."
    service           = "Global"
    service_resources = ["/services/Azure/MachineLearning"]
  }
}
