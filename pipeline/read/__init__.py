"""Files as they come, read as text: encodings and sheets, then values, then the folder of a year."""

from pipeline.read.folder import SourceFile, YearData, read_folder

__all__ = ["SourceFile", "YearData", "read_folder"]
