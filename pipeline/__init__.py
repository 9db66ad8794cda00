"""From the municipalities' returns to the yearly report."""
