"""What the jobs do: one kind of work a file, each with `run(context, params) -> result`."""
