"""Pictures and tables: how a run went, what it is worth, what the data are. They need matplotlib."""
