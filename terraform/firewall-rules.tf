# What may leave, and why: one row, one reason. What is not here is dropped.
#
# Network rules win over application rules, so a service tag is opened only to the compute subnet,
# whose services Azure describes by tag; the web app and the probe go by exact host names.
# The probe is on every row of hosts, so that the proof can try each of them from inside.
# Sources: learn.microsoft.com, "Configure inbound and outbound network traffic" (Azure Machine Learning).
locals {
  allowed_tags = {
    entra = {
      tags      = ["AzureActiveDirectory"]
      protocols = ["TCP"]
      ports     = ["443"]
      reason    = "Nodes and jobs sign in with their identity."
    }
    resource-manager = {
      tags      = ["AzureResourceManager"]
      protocols = ["TCP"]
      ports     = ["443"]
      reason    = "Jobs read the workspace and its computes."
    }
    machine-learning = {
      tags      = ["AzureMachineLearning"]
      protocols = ["TCP"]
      ports     = ["443"]
      reason    = "The public part of the service, which a private endpoint does not cover."
    }
    compute-instance = {
      tags      = ["AzureMachineLearning"]
      protocols = ["UDP"]
      ports     = ["5831"]
      reason    = "Creation, change and deletion of a compute instance."
    }
    batch = {
      tags      = ["BatchNodeManagement.${var.location}"]
      protocols = ["TCP", "UDP"]
      ports     = ["443"]
      reason    = "Azure Batch runs the nodes of clusters and instances."
    }
    batch-storage = {
      tags      = ["Storage.${var.location}"]
      protocols = ["TCP"]
      ports     = ["443"]
      reason    = "Start-up files of the nodes, in accounts of Microsoft's. It reaches other tenants' accounts of the region too."
    }
    base-images = {
      tags      = ["MicrosoftContainerRegistry.${var.location}", "AzureFrontDoor.FirstParty"]
      protocols = ["TCP"]
      ports     = ["443"]
      reason    = "Run-time images of the jobs; the two tags only work together."
    }
  }

  allowed_hosts = merge({
    "login.microsoftonline.com" = {
      from   = ["inference", "probe"]
      reason = "The web app and the probe sign in with their identity."
    }
    "management.azure.com" = {
      from   = ["inference", "probe"]
      reason = "The web app reads the workspace while it starts."
    }
    "${var.location}.api.azureml.ms" = {
      from   = ["inference", "probe"]
      reason = "Discovery of the workspace's services, the only call that goes to the region's public name."
    }
    "ml.azure.com" = {
      from   = ["default", "probe"]
      reason = "The studio, as a compute instance's terminals and notebooks reach it."
    }
    "graph.microsoft.com" = {
      from   = ["default", "probe"]
      reason = "Notebooks look up users and groups."
    }
    "graph.windows.net" = {
      from   = ["default", "probe"]
      reason = "Still in Azure's list of hosts that computes need."
    }
    "aadcdn.msftauth.net" = {
      from   = ["default", "probe"]
      reason = "Pages of the sign-in."
    }
    "aadcdn.msauth.net" = {
      from   = ["default", "probe"]
      reason = "Pages of the sign-in, second host."
    }
    "${local.names.state_account}.blob.core.windows.net" = {
      from   = ["inference", "probe"]
      reason = "The web app fetches its package from the account of the state, by a link that lasts minutes."
    }
    },
    { for host in var.package_hosts : host => {
      from   = ["default", "probe"]
      reason = "Package mirror named in package_hosts."
    } },
    { for host, row in var.allowed_hosts : host => {
      from   = tolist(setunion(row.from, ["probe"]))
      reason = row.reason
    } },
  )
}

resource "azurerm_firewall_policy_rule_collection_group" "egress" {
  name               = "egress"
  firewall_policy_id = azurerm_firewall_policy.this.id
  priority           = 200

  network_rule_collection {
    name     = "services"
    priority = 100
    action   = "Allow"

    dynamic "rule" {
      for_each = local.allowed_tags

      content {
        name                  = rule.key
        protocols             = rule.value.protocols
        source_addresses      = [local.workload_subnets.default.prefix]
        destination_addresses = rule.value.tags
        destination_ports     = rule.value.ports
      }
    }
  }

  application_rule_collection {
    name     = "hosts"
    priority = 200
    action   = "Allow"

    dynamic "rule" {
      for_each = local.allowed_hosts

      content {
        name              = rule.key
        source_addresses  = [for subnet in rule.value.from : local.workload_subnets[subnet].prefix]
        destination_fqdns = [rule.key]

        protocols {
          type = "Https"
          port = 443
        }
      }
    }
  }
}
