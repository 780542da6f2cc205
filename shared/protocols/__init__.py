"""The built-in protocols, one a YAML file, and the reader of them and of the user's own."""
