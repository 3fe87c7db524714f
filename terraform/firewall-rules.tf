# What may leave, and why: egress.json, one row, one reason (docs/egress.md is made from it). What is
# not there is dropped.
#
# Network rules win over application rules, so a service tag is opened only to the compute subnet,
# whose services Azure describes by tag; everything else goes by exact host names. The probe is on
# every row of hosts, so that the proof can try each of them from inside.
# Sources: learn.microsoft.com, "Configure inbound and outbound network traffic" (Azure Machine Learning).
locals {
  egress_file = jsondecode(templatefile("${path.module}/egress.json", {
    location      = var.location
    state_account = local.names.state_account
  }))

  # A row that another guard replaces is left out where that guard is on.
  egress_guards = { storage_guard = var.storage_guard }

  egress_asked = concat(
    [for host in var.package_hosts : {
      host   = host
      from   = ["default"]
      reason = "Package mirror named in package_hosts."
    }],
    [for host, row in var.allowed_hosts : {
      host   = host
      from   = tolist(row.from)
      reason = row.reason
    }],
  )

  # One row for each host, whoever asks for it: a host that is on the list already is opened further.
  egress_added = { for host in distinct(local.egress_asked[*].host) : host => {
    from   = sort(distinct(concat(["probe"], [for row in local.egress_asked : row.from if row.host == host]...)))
    reason = join(" ", [for row in local.egress_asked : row.reason if row.host == host])
  } }

  egress = concat(
    [for row in local.egress_file : {
      name         = row.name
      kind         = row.kind
      destinations = row.destinations
      protocols    = row.protocols
      ports        = row.ports
      from         = sort(distinct(concat(row.from, try(local.egress_added[row.name].from, []))))
      reason       = join(" ", compact([row.reason, try(local.egress_added[row.name].reason, "")]))
      breaks       = row.breaks
      reach        = row.reach
    } if !lookup(local.egress_guards, lookup(row, "unless", ""), false)],
    [for host, row in local.egress_added : {
      name         = host
      kind         = "host"
      destinations = [host]
      protocols    = ["HTTPS"]
      ports        = ["443"]
      from         = row.from
      reason       = row.reason
      breaks       = "What it was opened for."
      reach        = "One host of the institute's choice."
    } if !contains(local.egress_file[*].name, host)],
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
      for_each = [for row in local.egress : row if row.kind == "tag"]

      content {
        name                  = rule.value.name
        protocols             = rule.value.protocols
        source_addresses      = [for subnet in rule.value.from : local.workload_subnets[subnet].prefix]
        destination_addresses = rule.value.destinations
        destination_ports     = rule.value.ports
      }
    }
  }

  application_rule_collection {
    name     = "hosts"
    priority = 200
    action   = "Allow"

    dynamic "rule" {
      for_each = [for row in local.egress : row if row.kind == "host"]

      content {
        name              = rule.value.name
        source_addresses  = [for subnet in rule.value.from : local.workload_subnets[subnet].prefix]
        destination_fqdns = rule.value.destinations

        protocols {
          type = "Https"
          port = 443
        }
      }
    }
  }
}
