"""The work of the jobs: one kind of job per file, each with `run(context, params) -> result`."""
