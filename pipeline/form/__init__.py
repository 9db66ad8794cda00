"""The form that a municipality fills in, made from year.toml."""

from pipeline.form.workbook import write_form

__all__ = ["write_form"]
