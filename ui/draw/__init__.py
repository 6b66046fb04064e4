"""Drawing or uploading a digit, what networks read in it, and teaching them."""
