"""The daemon under the real systemd, and what we ship for it."""
