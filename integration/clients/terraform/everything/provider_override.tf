# Added to the provider as the README configures it.

provider "aws" {
  default_tags {
    tags = { managed-by = "terraform" }
  }
}
