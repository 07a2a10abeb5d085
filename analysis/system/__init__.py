"""The machine: where files are, how they are written, processes apart, the settings of a server."""
