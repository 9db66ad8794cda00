"""What is made once by hand, or for this project alone: registers, references, and made-up returns."""
