# Validation here refers to variables alone: this file can be checked by itself, without provider,
# state or login, before anything is touched.

variable "environment" {
  type        = string
  description = "Name of the environment; every Azure name is derived from it."
  nullable    = false

  validation {
    condition     = var.environment != ""
    error_message = "environment: it is empty."
  }
  validation {
    condition     = var.environment == "" || can(regex("^[a-z]", var.environment))
    error_message = "environment: it must begin with a lower-case letter."
  }
  validation {
    condition     = can(regex("^[a-z0-9]*$", var.environment))
    error_message = "environment: it may hold only lower-case letters and digits, because the storage account is named after it."
  }
  validation {
    condition     = length(var.environment) <= 14
    error_message = "environment: it may have at most 14 characters: the key vault and the compute instance are named after it, and Azure allows 24 characters there."
  }
}

variable "location" {
  type        = string
  description = "Azure region of the environment."
  nullable    = false
  default     = "westeurope"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{2,29}$", var.location))
    error_message = "location: it must be the short name of a region, such as westeurope."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags for every resource, besides the two that name the environment and this product."
  nullable    = false
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.tags), ["innereye-environment", "managed-by"])) == 0
    error_message = "tags: innereye-environment and managed-by are set by the configuration; choose other names."
  }
}

variable "address_space" {
  type        = string
  description = "IPv4 range of the virtual network. With another range than the default, set all of subnet_prefixes too."
  nullable    = false
  default     = "10.1.0.0/16"

  validation {
    condition     = can(regex("^[0-9.]+/[0-9]+$", var.address_space)) && can(cidrhost(var.address_space, 0))
    error_message = "address_space: it must be one IPv4 range, such as 10.1.0.0/16."
  }
  validation {
    condition     = try(cidrhost(var.address_space, 0) == split("/", var.address_space)[0], true)
    error_message = "address_space: ${var.address_space} is not the beginning of a range; write ${try(cidrhost(var.address_space, 0), "10.1.0.0")}/${try(split("/", var.address_space)[1], "16")}."
  }
  validation {
    condition     = try(tonumber(split("/", var.address_space)[1]) >= 8 && tonumber(split("/", var.address_space)[1]) <= 24, true)
    error_message = "address_space: a virtual network for this needs a range from /8 to /24."
  }
  validation {
    # Two ranges overlap where they agree in as many bits as the wider of them fixes.
    condition = try(
      cidrhost("${split("/", var.address_space)[0]}/${min(16, tonumber(split("/", var.address_space)[1]))}", 0) !=
      cidrhost("172.17.0.0/${min(16, tonumber(split("/", var.address_space)[1]))}", 0),
      true
    )
    error_message = "address_space: ${var.address_space} overlaps 172.17.0.0/16, which Docker uses on the compute nodes; choose another range."
  }
}

variable "subnet_prefixes" {
  type = object({
    default   = optional(string, "10.1.0.0/24")
    firewall  = optional(string, "10.1.1.0/26")
    inference = optional(string, "10.1.2.0/26")
    probe     = optional(string, "10.1.3.0/28")
    jumpbox   = optional(string, "10.1.4.0/28")
  })
  description = "IPv4 range of each subnet: default (compute and private endpoints), firewall, inference (web app), probe, jumpbox. All inside address_space, none overlapping another."
  nullable    = false
  default     = {}

  validation {
    condition = alltrue([
      for prefix in values(var.subnet_prefixes) : can(regex("^[0-9.]+/[0-9]+$", prefix)) && can(cidrhost(prefix, 0))
    ])
    error_message = "subnet_prefixes: each must be one IPv4 range, such as 10.1.0.0/24; not one: ${join(", ", [
      for name, prefix in var.subnet_prefixes : "${name} (${prefix})"
      if !(can(regex("^[0-9.]+/[0-9]+$", prefix)) && can(cidrhost(prefix, 0)))
    ])}."
  }
  validation {
    condition = alltrue([
      for prefix in values(var.subnet_prefixes) : try(cidrhost(prefix, 0) == split("/", prefix)[0], true)
    ])
    error_message = "subnet_prefixes: not the beginning of a range: ${join(", ", [
      for name, prefix in var.subnet_prefixes : "${name} (${prefix}; write ${cidrhost(prefix, 0)}/${split("/", prefix)[1]})"
      if try(cidrhost(prefix, 0) != split("/", prefix)[0], false)
    ])}."
  }
  validation {
    # Inside: at least as long as address_space, and the same in the bits that address_space fixes.
    condition = alltrue([
      for prefix in values(var.subnet_prefixes) : try(
        tonumber(split("/", prefix)[1]) >= tonumber(split("/", var.address_space)[1]) &&
        cidrhost("${split("/", prefix)[0]}/${split("/", var.address_space)[1]}", 0) == cidrhost(var.address_space, 0),
        true
      )
    ])
    error_message = "subnet_prefixes: outside address_space (${var.address_space}): ${join(", ", [
      for name, prefix in var.subnet_prefixes : "${name} (${prefix})"
      if !try(
        tonumber(split("/", prefix)[1]) >= tonumber(split("/", var.address_space)[1]) &&
        cidrhost("${split("/", prefix)[0]}/${split("/", var.address_space)[1]}", 0) == cidrhost(var.address_space, 0),
        true
      )
    ])}."
  }
  validation {
    condition = alltrue([
      for pair in setproduct(keys(var.subnet_prefixes), keys(var.subnet_prefixes)) : try(
        cidrhost("${split("/", var.subnet_prefixes[pair[0]])[0]}/${min([for name in pair : split("/", var.subnet_prefixes[name])[1]]...)}", 0) !=
        cidrhost("${split("/", var.subnet_prefixes[pair[1]])[0]}/${min([for name in pair : split("/", var.subnet_prefixes[name])[1]]...)}", 0),
        true
      ) if pair[0] != pair[1]
    ])
    error_message = "subnet_prefixes: these overlap: ${join("; ", distinct([
      for pair in setproduct(keys(var.subnet_prefixes), keys(var.subnet_prefixes)) :
      join(" and ", [for name in sort(pair) : "${name} (${var.subnet_prefixes[name]})"])
      if pair[0] != pair[1] && try(
        cidrhost("${split("/", var.subnet_prefixes[pair[0]])[0]}/${min([for name in pair : split("/", var.subnet_prefixes[name])[1]]...)}", 0) ==
        cidrhost("${split("/", var.subnet_prefixes[pair[1]])[0]}/${min([for name in pair : split("/", var.subnet_prefixes[name])[1]]...)}", 0),
        false
      )
    ]))}."
  }
  validation {
    condition = alltrue([
      for name, longest in { default = 27, firewall = 26, inference = 28, probe = 29, jumpbox = 29 } :
      try(tonumber(split("/", var.subnet_prefixes[name])[1]) <= longest, true)
    ])
    error_message = "subnet_prefixes: too small. default needs /27 or wider (nine private endpoint addresses and the compute nodes), firewall /26, inference /28, probe and jumpbox /29."
  }
}

variable "package_hosts" {
  type        = set(string)
  description = "Exact host names of an institute's own package mirror, opened to the compute subnet over HTTPS. None by default: images and packages are brought in prebuilt."
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for host in var.package_hosts : can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", host))])
    error_message = "package_hosts: each must be one full host name in lower case, without scheme, port or wildcard."
  }
}

variable "allowed_hosts" {
  type = map(object({
    reason = string
    from   = optional(set(string), ["default"])
  }))
  description = "Further hosts to open over HTTPS, by exact host name, each with its reason and the subnets it is opened to (default, inference, probe, jumpbox)."
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for host in keys(var.allowed_hosts) : can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", host))])
    error_message = "allowed_hosts: each key must be one full host name in lower case, without scheme, port or wildcard."
  }
  validation {
    condition     = alltrue([for row in values(var.allowed_hosts) : trimspace(row.reason) != ""])
    error_message = "allowed_hosts: each host needs a reason; the firewall's list is read by people."
  }
  validation {
    condition     = alltrue([for row in values(var.allowed_hosts) : length(row.from) > 0 && length(setsubtract(row.from, ["default", "inference", "probe", "jumpbox"])) == 0])
    error_message = "allowed_hosts: from may name the subnets default, inference, probe and jumpbox, at least one."
  }
}

variable "storage_guard" {
  type        = bool
  description = "Whether a service endpoint policy lets the compute subnet reach only this environment's storage account and Azure Machine Learning's own, instead of every account of the region through the firewall."
  nullable    = false
  default     = true
}

variable "jumpbox" {
  type        = bool
  description = "Whether there is a Windows machine for a person's look at the studio, reached by Azure Bastion."
  nullable    = false
  default     = true
}

variable "jumpbox_password" {
  type        = string
  description = "First password of the jumpbox's local account. The action makes one for each run and makes it void once the machine exists; nobody needs to know it. A plan does without."
  sensitive   = true
  default     = null

  # One message for every rule: it must not tell which part of a secret is wrong.
  validation {
    condition = var.jumpbox_password == null ? true : (
      length(var.jumpbox_password) >= 12 && length(var.jumpbox_password) <= 123 &&
      can(regex("[a-z]", var.jumpbox_password)) && can(regex("[A-Z]", var.jumpbox_password)) && can(regex("[0-9]", var.jumpbox_password))
    )
    error_message = "jumpbox_password: Azure wants 12 to 123 characters, with a lower-case letter, an upper-case letter and a digit; choose another."
  }
}

variable "jumpbox_vm_size" {
  type        = string
  description = "Size of the jumpbox. It must be able to run an image of generation 2."
  nullable    = false
  default     = "Standard_D2as_v5"

  validation {
    condition     = can(regex("^Standard_[A-Za-z0-9_]+$", var.jumpbox_vm_size))
    error_message = "jumpbox_vm_size: it must be the name of an Azure size, such as Standard_D2as_v5."
  }
}

variable "jumpbox_image" {
  type = object({
    publisher = string
    offer     = string
    sku       = string
    version   = optional(string, "latest")
  })
  description = "Windows image of the jumpbox, of generation 2. The default has a browser, which is all that is needed; it is read once, at creation."
  nullable    = false
  default = {
    publisher = "MicrosoftWindowsServer"
    offer     = "WindowsServer"
    sku       = "2022-datacenter-azure-edition"
  }

  validation {
    condition     = alltrue([for part in values(var.jumpbox_image) : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]*$", part))])
    error_message = "jumpbox_image: publisher, offer, sku and version must be names as Azure's catalogue has them (az vm image list); version is latest or a number such as 20348.2113.231109."
  }
}

variable "shutdown_time" {
  type        = string
  description = "Time of day, as HHmm, at which jumpbox and probe are switched off if they are still running."
  nullable    = false
  default     = "2000"

  validation {
    condition     = can(regex("^([01][0-9]|2[0-3])[0-5][0-9]$", var.shutdown_time))
    error_message = "shutdown_time: it must be four digits from 0000 to 2359, in quotes, such as \"2000\"."
  }
}

variable "shutdown_time_zone" {
  type        = string
  description = "Time zone of shutdown_time, by its Windows name, such as W. Europe Standard Time."
  nullable    = false
  default     = "UTC"

  validation {
    condition     = can(regex("^[A-Z][A-Za-z0-9 .()+-]*$", var.shutdown_time_zone))
    error_message = "shutdown_time_zone: it must be the Windows name of a time zone, such as UTC or W. Europe Standard Time; names such as Europe/Berlin are not known to Azure here."
  }
}

variable "encryption_at_host" {
  type        = bool
  description = "Whether the hosts of jumpbox and probe encrypt temporary disks and caches too. The subscription needs the feature for it, once: az feature register --namespace Microsoft.Compute --name EncryptionAtHost, and when it says Registered, az provider register --namespace Microsoft.Compute."
  nullable    = false
  default     = true
}

variable "workspace_storage_auth" {
  type        = string
  description = "How the workspace reaches its own storage account: key or identity. With identity the account's keys are switched off."
  nullable    = false
  default     = "key"

  validation {
    condition     = contains(["key", "identity"], var.workspace_storage_auth)
    error_message = "workspace_storage_auth: it must be key or identity."
  }
}

variable "zone_redundancy" {
  type        = bool
  description = "Whether data and images are kept in three zones of the region, and the inference service runs twice (in two zones, with a Premium size). Switch it off in regions without zones. It cannot be changed later without making storage and registry anew."
  nullable    = false
  default     = true
}

variable "data_in_second_region" {
  type        = bool
  description = "Whether Azure keeps a copy of the data in a second region. Azure chooses it: the pair of the first, which can lie in another country (West Europe's is North Europe, in Ireland; Brazil South's is in Texas). Where data must not leave the country, look it up first, or switch this off."
  nullable    = false
  default     = true

  # Source of the pairs: learn.microsoft.com, "List of Azure regions".
  validation {
    condition = !var.data_in_second_region || contains([
      "australiacentral", "australiacentral2", "australiaeast", "australiasoutheast", "brazilsouth", "brazilsoutheast",
      "canadacentral", "canadaeast", "centralindia", "centralus", "eastasia", "eastus", "eastus2", "francecentral",
      "francesouth", "germanynorth", "germanywestcentral", "japaneast", "japanwest", "koreacentral", "koreasouth",
      "northcentralus", "northeurope", "norwayeast", "norwaywest", "southafricanorth", "southafricawest",
      "southcentralus", "southeastasia", "southindia", "swedencentral", "swedensouth", "switzerlandnorth",
      "switzerlandwest", "uaecentral", "uaenorth", "uksouth", "ukwest", "westcentralus", "westeurope", "westindia",
      "westus", "westus2", "westus3",
    ], var.location)
    error_message = "data_in_second_region: ${var.location} has no paired region that is known here; set data_in_second_region to false."
  }
}

variable "key_vault_purge_protection" {
  type        = bool
  description = "Whether nobody, not even an owner, can empty a deleted vault before its seven days are over. It can be switched on later, never off."
  nullable    = false
  default     = true
}

variable "log_retention_days" {
  type        = number
  description = "Days for which logs are kept."
  nullable    = false
  default     = 90

  validation {
    condition     = var.log_retention_days >= 30 && var.log_retention_days <= 730 && floor(var.log_retention_days) == var.log_retention_days
    error_message = "log_retention_days: it must be a whole number from 30 to 730."
  }
}

variable "inference_plan_sku" {
  type        = string
  description = "Size of the App Service plan; Basic and Premium sizes can join a virtual network."
  nullable    = false
  default     = "P0v3"

  validation {
    condition     = can(regex("^(B[123]|P[0-3]v[34]|P[1-5]mv[34])$", var.inference_plan_sku))
    error_message = "inference_plan_sku: it must be a Basic or Premium v3 or v4 size, such as B1 or P0v3."
  }
}

variable "probe_vm_size" {
  type        = string
  description = "Size of the probe machine. It only runs curl, and is deallocated between uses."
  nullable    = false
  default     = "Standard_B2als_v2"

  validation {
    condition     = can(regex("^Standard_[A-Za-z0-9_]+$", var.probe_vm_size))
    error_message = "probe_vm_size: it must be the name of an Azure size, such as Standard_B2als_v2."
  }
}

variable "probe_ssh_public_key" {
  type        = string
  description = "Public SSH key of the probe machine. Azure wants one, but nobody ever signs in: no port is open. The default has no private half."
  nullable    = false

  # Nothing up our sleeve: its 32 bytes are the SHA-256 of the sentence
  # "innereye-closed-network: nobody logs in to the probe 5", the first number that gives a point on the curve.
  default = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKcWS9uk4WmtCTODZllORf5C9bY7yeTrkX+LgVSLiYE5"

  validation {
    condition     = can(regex("^(ssh-ed25519|ssh-rsa) [A-Za-z0-9+/]+={0,2}( .*)?$", var.probe_ssh_public_key))
    error_message = "probe_ssh_public_key: it must be a public key in OpenSSH form, ssh-ed25519 or ssh-rsa."
  }
}
