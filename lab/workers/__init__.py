"""The processes that train and paint, and the pool that starts and commands them."""
