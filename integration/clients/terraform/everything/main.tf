# Every resource and data source of IAM that the AWS provider has. `changed` is whether arguments that the provider updates in
# place have their second values.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "changed" {
  type    = bool
  default = false
}

# Keys, certificates and metadata, made by the test.
variable "material" {
  type = map(string)
}

locals {
  tags = var.changed ? { team = "grün + co", stage = "" } : { team = "blue", cost = "a=b/c@d" }
  # Two of AWS's own policies.
  read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess"
  view_only = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
  boundary  = var.changed ? local.view_only : local.read_only
}
