"""The store keeps what visits make: runs, drawings and networks outlive pages and servers."""
