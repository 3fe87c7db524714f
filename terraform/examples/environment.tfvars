# Everything here is optional: the action gives the environment's name itself, and the region and the
# jumpbox's password too. Copy it into your repository, keep what you change, and name the file in
# `variables-file`. What is written behind each name is its default, or an example where it says so.

# Where -----------------------------------------------------------------------------------------

# location = "westeurope" # by the action's input of that name

# With another address_space, all five subnets must be given too. An example:
# address_space = "10.20.0.0/21"
# subnet_prefixes = {
#   default   = "10.20.0.0/24" # compute and private endpoints
#   firewall  = "10.20.1.0/26"
#   inference = "10.20.2.0/26" # web app
#   probe     = "10.20.3.0/28"
#   jumpbox   = "10.20.4.0/28"
# }

# For every resource, besides two of the product's own. An example:
# tags = { "cost-centre" = "4711" }

# What may leave ----------------------------------------------------------------------------------

# An institute's own package mirror, by exact host name; nothing public is opened by default. An example:
# package_hosts = ["packages.example.org"]

# Other hosts, each with its reason; to be opened to default, inference, probe or jumpbox. An example:
# allowed_hosts = {
#   "licence.example.org" = { reason = "Licence server of the segmentation viewer.", from = ["default"] }
# }

# Lets the compute subnet reach only this environment's storage account and Azure Machine Learning's
# own, instead of every account of the region.
# storage_guard = true

# A person's look ---------------------------------------------------------------------------------

# A Windows machine reached by Azure Bastion, which is free and to be had in most regions.
# jumpbox         = true
# jumpbox_vm_size = "Standard_D2as_v5"
# jumpbox_image = {
#   publisher = "MicrosoftWindowsServer"
#   offer     = "WindowsServer"
#   sku       = "2022-datacenter-azure-edition"
#   version   = "latest"
# }
# jumpbox_password = the action makes one for each run; never write one down here

# Jumpbox and probe are switched off at this time if they still run. The zone has its Windows name.
# shutdown_time      = "2000"
# shutdown_time_zone = "UTC"

# Needs a feature of the subscription, to be registered once: see the variable's description.
# encryption_at_host = true

# Data --------------------------------------------------------------------------------------------

# Azure chooses the second region, and it can lie in another country. Regions without a pair need this off.
# data_in_second_region = true

# Regions without availability zones need this off.
# zone_redundancy = true

# "identity" switches the keys of the workspace's storage account off.
# workspace_storage_auth = "key"

# A deleted vault cannot be emptied before seven days are over. It cannot be switched off later.
# key_vault_purge_protection = true

# log_retention_days = 90

# Machines ----------------------------------------------------------------------------------------

# inference_plan_sku = "P0v3"
# probe_vm_size      = "Standard_B2als_v2"

# Nobody ever signs in with it; the default has no private half. An example:
# probe_ssh_public_key = "ssh-ed25519 AAAA..."
