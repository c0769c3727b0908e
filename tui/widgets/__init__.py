"""What screens are made of. Widgets draw snapshots; none of them reads a file."""
