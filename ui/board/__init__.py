"""What is painted on a page: the board, and its smaller relatives in lessons."""
