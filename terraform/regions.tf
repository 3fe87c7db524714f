# What is known of regions and their pairs, for the copies in a second one (data_in_second_region). Two
# plain tables, because checkov reads no calculation, and would pass what it cannot read.
# Source: learn.microsoft.com, "List of Azure regions".
locals {
  # Every region that has a pair, and whether that is open to every customer and has zones. Where it is
  # not, only the data are copied: images hold no patient's data, and can be brought in again.
  image_copy_possible = {
    australiacentral   = false
    australiacentral2  = false
    australiaeast      = false
    australiasoutheast = true
    brazilsouth        = true
    brazilsoutheast    = true
    canadacentral      = false
    canadaeast         = true
    centralindia       = false
    centralus          = true
    eastasia           = true
    eastus             = false
    eastus2            = true
    francecentral      = false
    francesouth        = true
    germanynorth       = true
    germanywestcentral = false
    japaneast          = true
    japanwest          = true
    koreacentral       = false
    koreasouth         = true
    northcentralus     = true
    northeurope        = true
    norwayeast         = false
    norwaywest         = true
    southafricanorth   = false
    southafricawest    = true
    southcentralus     = false
    southeastasia      = true
    southindia         = true
    swedencentral      = false
    swedensouth        = true
    switzerlandnorth   = false
    switzerlandwest    = true
    uaecentral         = true
    uaenorth           = false
    uksouth            = false
    ukwest             = true
    westcentralus      = true
    westeurope         = true
    westindia          = false
    westus             = true
    westus2            = false
    westus3            = true
  }

  # Where the copies of images lie: in the pair.
  image_copy_regions = {
    australiasoutheast = "australiaeast"
    brazilsouth        = "southcentralus"
    brazilsoutheast    = "brazilsouth"
    canadaeast         = "canadacentral"
    centralus          = "eastus2"
    eastasia           = "southeastasia"
    eastus2            = "centralus"
    francesouth        = "francecentral"
    germanynorth       = "germanywestcentral"
    japaneast          = "japanwest"
    japanwest          = "japaneast"
    koreasouth         = "koreacentral"
    northcentralus     = "southcentralus"
    northeurope        = "westeurope"
    norwaywest         = "norwayeast"
    southafricawest    = "southafricanorth"
    southeastasia      = "eastasia"
    southindia         = "centralindia"
    swedensouth        = "swedencentral"
    switzerlandwest    = "switzerlandnorth"
    uaecentral         = "uaenorth"
    ukwest             = "uksouth"
    westcentralus      = "westus2"
    westeurope         = "northeurope"
    westus             = "eastus"
    westus3            = "eastus"
  }

  image_copy = var.data_in_second_region ? local.image_copy_possible[var.location] : false
}
