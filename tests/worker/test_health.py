"""What real workers find wrong with sick runs, and that they find nothing wrong with clean ones."""
