"""The release of a year: its public tables as open data, in all formats, and what describes them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute  # which a cast would import by itself, in the middle of the work
import pyarrow.parquet as pq

from pipeline.explain import Explainer
from pipeline.files import checksum, csv_of, write_bytes
from pipeline.markdown import MARKDOWN, pandoc
from pipeline.model import Text
from pipeline.paths import REPORTS
from pipeline.protect import protect, read_rules
from pipeline.read.roles import LANGUAGES
from pipeline.release.described import About, Dataset, both, describe
from pipeline.release.px import px_of
from pipeline.release.workbook import workbook_of
from pipeline.report.compare import against_earlier
from pipeline.report.open import report_of
from pipeline.report.report import Report
from pipeline.tabulate import Table, Tables
from pipeline.year import Year

_MARK = b"\xef\xbb\xbf"
_ARROW = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
_REFERENCE = re.compile(r"@(?:tbl|bil[a-z]?|app[a-z]?)-(\w+)")
_CLOCK = (1980, 1, 1, 0, 0, 0)  # where the clock of ZIP files begins; a file says nothing of today


def write_release(
    connection: duckdb.DuckDBPyConnection, rules: Year, tables: Tables, folder: Path, earlier: Path | None = None
) -> list[str]:
    """Write folder and archive; `earlier` is the csv/ to compare with. Return the keys of [publish] that it lacks."""
    protected = protect(tables, read_rules(connection, rules.year))
    public = {name: table for name, table in protected.items() if table.declared.public}
    lists, explain = dict[str, dict[str, Text]](), Explainer(connection, tables)

    def dataset(name: str, table: Table) -> Dataset:
        # In every group of an axis the same is made up: one row of each kind tells it.
        has_groups = tables[name].axis not in ("", "year")
        alike = {key: key.partition("/")[2] if has_groups else key for key in tables[name].rows}
        one_of = {kind: key for key, kind in alike.items()}
        told = {kind: explain(f"{name}/{key}").synthetic for kind, key in one_of.items()}
        made_up = {key: told[kind] for key, kind in alike.items()}
        # A row that is not there is several together.
        return describe(table, tables.declarations, lambda key: made_up.get(key, any(made_up.values())), lists)

    about = About(rules, [dataset(name, table) for name, table in public.items()], lists)
    files = dict(_files(about))
    for lang in LANGUAGES:
        if text := _quality(report_of(connection, lang, protected)):
            files[f"quality.{lang}.md"] = text.encode()
    _write(folder, files)
    changes = against_earlier(earlier, folder / "csv", public) if earlier else None
    described = {name: text.encode() for name, text in about.descriptions(files, changes)}
    sums = "".join(f"{checksum(content)}  {path}\n" for path, content in sorted((files | described).items()))
    described["SHA256SUMS"] = sums.encode()
    _write(folder, described)
    write_bytes(folder.with_suffix(".zip"), _zipped(folder.name, files | described))
    return [key for key in ("licence", "publisher", "address", "edition") if not getattr(rules.publish, key)]


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        write_bytes(folder / path, content)


def _quality(report: Report) -> str:
    """Return the quality declaration, which refers to the release's tables; empty where there is none."""
    source = f"quality.{report.language}.md"
    if not (REPORTS / source).is_file():
        return ""
    named = _REFERENCE.sub(r"`\1`", report.prose(f'{{% include "{source}" %}}'))
    options = {"from": f"{MARKDOWN}-citations", "to": "gfm-raw_html", "wrap": "none"}
    return pandoc(named.encode(), options).decode()


def _files(about: About) -> Iterator[tuple[str, bytes]]:
    for table in about.tables:
        yield f"csv/{table.id}.csv", _MARK + csv_of(table.frame).encode()
        yield f"csv-excel/{table.id}.csv", _MARK + csv_of(table.frame, separator=";", decimal_comma=True).encode()
        yield f"parquet/{table.id}.parquet", _parquet(table)
        if px := px_of(table, about.lists, about.rules):
            yield f"px/{table.id}.px", px.encode()
    for name, codes in about.lists.items():
        rows = [(code, text.sv, text.en) for code, text in codes.items()]
        yield f"codes/{name}.csv", _MARK + csv_of(pl.DataFrame(rows, ["code", "sv", "en"], orient="row")).encode()
    yield "tables.xlsx", workbook_of(about.told["title"], list(_cover(about)), about.tables)


def _cover(about: About) -> Iterator[str]:
    told = about.told
    lines = [told["description"], *told["of_few"], *([told["warning"]] if told["made_up"] else [])]
    if edition := told["edition"]:
        lines.append(both("edition.of", kind=told["editions_called"][edition.kind], day=edition.published_on))
    for text in [*lines, *([told["licence_words"]] if told["licence"] else [])]:
        yield from (text.sv, text.en)
    if publisher := told["publisher"]:
        yield from filter(None, (publisher.name.sv, publisher.page, publisher.email))


def _parquet(table: Dataset) -> bytes:
    told = _in_both(title=table.title, note=table.note) | {"made_up": str(table.made_up).lower()}
    of_fields = [_in_both(title=one.title, description=one.text, unit=one.unit_words) for one in table.fields]
    fields = [
        pa.field(one.id, _ARROW[one.type], metadata=said) for one, said in zip(table.fields, of_fields, strict=True)
    ]
    content = io.BytesIO()
    pq.write_table(table.frame.to_arrow().cast(pa.schema(fields, metadata=told)), content)
    return content.getvalue()


def _in_both(**words: Text | None) -> dict[str, str]:
    return {f"{name}_{lang}": said for name, text in words.items() if text for lang, said in text if said}


def _zipped(folder: str, files: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{path}", _CLOCK)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[path], zipfile.ZIP_DEFLATED)
    return content.getvalue()
