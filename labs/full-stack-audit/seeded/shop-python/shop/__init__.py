"""Back office and storefront API of the shop."""
