"""Files as they come, read as text: encodings and sheets, then values, then the folder of a year."""

from pipeline.read.folder import SourceFile, YearData, read_folder
from pipeline.read.roles import find_file, not_read

__all__ = ["SourceFile", "YearData", "find_file", "not_read", "read_folder"]
