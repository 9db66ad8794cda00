"""Tables: a declaration in, a Table of addressed cells out."""

from pipeline.tabulate.compute import left_out, tabulate, write_tables
from pipeline.tabulate.declare import CountedRow, Declaration, Declarations, Measure, read_declarations
from pipeline.tabulate.measures import COUNTRY
from pipeline.tabulate.table import Cell, Table, Tables

__all__ = [
    "COUNTRY",
    "Cell",
    "CountedRow",
    "Declaration",
    "Declarations",
    "Measure",
    "Table",
    "Tables",
    "left_out",
    "read_declarations",
    "tabulate",
    "write_tables",
]
