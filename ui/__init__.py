"""What pages are made of: navigation frame, controls, the painted board, charts. Knows no page."""
