# Everything here is optional but the name, which the action gives itself. Copy it into your
# repository, keep what you change, and name the file in `variables-file`.

# location = "westeurope"

# With another address_space, all four subnets must be given too.
# address_space = "10.20.0.0/22"
# subnet_prefixes = {
#   default   = "10.20.0.0/24" # compute and private endpoints
#   firewall  = "10.20.1.0/26"
#   inference = "10.20.2.0/26" # web app
#   probe     = "10.20.3.0/28"
# }

# An institute's own package mirror, by exact host name; nothing public is opened by default.
# package_hosts = ["packages.example.org"]

# Other hosts, each with its reason. It can be opened to default, inference and probe.
# allowed_hosts = {
#   "licence.example.org" = { reason = "Licence server of the segmentation viewer.", from = ["default"] }
# }

# Regions without availability zones need this off.
# zone_redundancy = true

# "identity" switches the keys of the workspace's storage account off.
# workspace_storage_auth = "key"

# A deleted vault cannot be emptied before seven days are over. It cannot be switched off later.
# key_vault_purge_protection = true

# log_retention_days = 90
# inference_plan_sku = "P0v3"
# probe_vm_size      = "Standard_B2als_v2"

# tags = { "cost-centre" = "4711" }
