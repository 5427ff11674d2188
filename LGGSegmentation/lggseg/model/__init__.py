"""The model: its folder, what goes into its network, what comes out, and the mask that is made of it."""
