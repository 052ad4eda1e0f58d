"""What `bench-peers` measures: a module a section."""
