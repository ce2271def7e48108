"""Published models, one file each, with the read-outs that prove them."""
