"""Input pipelines: datasets, what is known of their elements, and iterators; names are in api."""
