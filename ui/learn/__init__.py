"""What a lesson is made of: goal, formulas, questions, training runs."""
