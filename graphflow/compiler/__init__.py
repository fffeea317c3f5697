"""From a graph, fetches and feeds to a `Plan` that the runtime executes."""
