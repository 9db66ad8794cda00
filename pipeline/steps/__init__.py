"""What is made of what: the engine (plans and runs steps), the line (the steps of a year), watch."""
