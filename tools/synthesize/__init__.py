"""Made-up returns for a year whose returns are not public: real amounts, and answers that give every figure in print.

The figures (`figures`) are turned into counts (`counts`), the counts are dealt out to the recipients (`deal`), and the
file says what it is (`write`). Nothing here knows a year's form: question, options and bases come from `year.toml`.
"""

from tools.synthesize.amounts import Amounts
from tools.synthesize.answers import Returns, synthesize
from tools.synthesize.write import write_returns

__all__ = ["Amounts", "Returns", "synthesize", "write_returns"]
