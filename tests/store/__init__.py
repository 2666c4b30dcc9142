"""The store: ledger and catalog."""
