"""The form that a municipality fills in, made from year.toml: a workbook, and a page."""

from pipeline.form.page import write_page
from pipeline.form.workbook import write_form

__all__ = ["write_form", "write_page"]
