"""Files as they come, read as text: encodings and sheets, then values, then the folder of a year."""
