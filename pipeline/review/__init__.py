"""The review edition: the report as a draft, with what to look at where it stands, and the claims of its text."""

from pipeline.review.compare import Earlier, find_earlier, read_earlier
from pipeline.review.edition import Material, write_review

__all__ = ["Earlier", "Material", "find_earlier", "read_earlier", "write_review"]
