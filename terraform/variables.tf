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
  })
  description = "IPv4 range of each subnet: default (compute and private endpoints), firewall, inference (web app), probe. All inside address_space, none overlapping another."
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
      for name, longest in { default = 27, firewall = 26, inference = 28, probe = 29 } :
      try(tonumber(split("/", var.subnet_prefixes[name])[1]) <= longest, true)
    ])
    error_message = "subnet_prefixes: too small. default needs /27 or wider (nine private endpoint addresses and the compute nodes), firewall /26, inference /28, probe /29."
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
  description = "Further hosts to open over HTTPS, by exact host name, each with its reason and the subnets it is opened to (default, inference, probe)."
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
    condition     = alltrue([for row in values(var.allowed_hosts) : length(row.from) > 0 && length(setsubtract(row.from, ["default", "inference", "probe"])) == 0])
    error_message = "allowed_hosts: from may name the subnets default, inference and probe, at least one."
  }
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
  description = "Whether data and images are kept in three zones of the region. Switch it off in regions without zones. It cannot be changed later without making storage and registry anew."
  nullable    = false
  default     = true
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
    condition     = can(regex("^(B[123]|P[0-5]m?v[34])$", var.inference_plan_sku))
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
