"""The processes that train and paint runs, and the pool that starts and commands them."""
