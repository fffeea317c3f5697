"""SavedModels: graphs with their variables, files and signatures, for programs that serve them."""
