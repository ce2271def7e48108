"""Records of a ward by time interval: what is recorded, how it is read, checked and looked up."""
