"""What the product is compared with, each a script of its own that takes a folder of PDFs."""
