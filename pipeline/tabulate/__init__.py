"""Tables: a declaration in, a Table of addressed cells out, by any axis."""

from pipeline.declarations import Declaration, Declarations, Measure, read_declarations
from pipeline.store.rows import CountedRow
from pipeline.tabulate.compute import sql_file, tabulate, write_tables
from pipeline.tabulate.table import COUNTRY, Cell, Table, Tables

__all__ = [
    "COUNTRY",
    "Cell",
    "CountedRow",
    "Declaration",
    "Declarations",
    "Measure",
    "Table",
    "Tables",
    "read_declarations",
    "sql_file",
    "tabulate",
    "write_tables",
]
