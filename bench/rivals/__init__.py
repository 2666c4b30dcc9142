"""What the product is compared with: scripts of their own that take a folder, and peers called in turn."""
