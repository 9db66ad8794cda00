-- What made the store, and so which statements read it.
CREATE TABLE store_version (version VARCHAR NOT NULL);

-- Tables as they are read. Every row of a raw file knows its file and its row there, as a spreadsheet numbers it.
CREATE TABLE regions (region_code VARCHAR PRIMARY KEY, region VARCHAR NOT NULL, position INTEGER NOT NULL);
CREATE TABLE municipalities (
    municipality_code VARCHAR PRIMARY KEY, municipality VARCHAR NOT NULL, region_code VARCHAR NOT NULL
);
CREATE TABLE source_files (
    year INTEGER NOT NULL, role VARCHAR NOT NULL, file VARCHAR NOT NULL, sha256 VARCHAR NOT NULL,
    sheet VARCHAR, -- of a workbook: the one that was read
    PRIMARY KEY (year, file)
);
CREATE TABLE grant_years (
    year INTEGER PRIMARY KEY, name_sv VARCHAR NOT NULL, name_en VARCHAR NOT NULL, available_kr BIGINT NOT NULL,
    requisition_by DATE, use_from DATE, use_to DATE, return_by DATE, minimum_age INTEGER,
    redistributes BOOLEAN, not_stated VARCHAR[] NOT NULL, synthetic VARCHAR[] NOT NULL,
    has_allocations BOOLEAN NOT NULL, has_requisitions BOOLEAN NOT NULL, has_returns BOOLEAN NOT NULL
);

-- What the public edition shows of few: the least number of municipalities in a base, and of persons.
CREATE TABLE grant_points (
    year INTEGER NOT NULL, list VARCHAR NOT NULL, position BIGINT NOT NULL, point VARCHAR NOT NULL, text_sv VARCHAR NOT NULL, text_en VARCHAR NOT NULL
);
CREATE TABLE publish (
    year INTEGER PRIMARY KEY, minimum_base INTEGER NOT NULL, minimum_base_reason_sv VARCHAR, minimum_base_reason_en VARCHAR,
    minimum_persons INTEGER NOT NULL, minimum_persons_reason_sv VARCHAR, minimum_persons_reason_en VARCHAR,
    edition VARCHAR, edition_note_sv VARCHAR, edition_note_en VARCHAR, published_on DATE, first_published_on DATE, licence VARCHAR,
    sender_sv VARCHAR, sender_en VARCHAR, article_number VARCHAR, decision_sv VARCHAR, decision_en VARCHAR, diary_number VARCHAR,
    contact VARCHAR, cite_as_sv VARCHAR, cite_as_en VARCHAR
);

-- outcome: what the register made of the written name (matched, unknown, ambiguous, wrong_code); suggestion: names it may have meant.
-- *_text: the cell as it was written, personal data masked; the amount beside it is NULL when the text could not be read.
CREATE TABLE allocations (
    year INTEGER NOT NULL, written VARCHAR NOT NULL, municipality_code VARCHAR, outcome VARCHAR NOT NULL,
    suggestion VARCHAR, amount_kr BIGINT, amount_text VARCHAR, key_count BIGINT, file VARCHAR NOT NULL, row BIGINT NOT NULL
);
CREATE TABLE requisitions (
    year INTEGER NOT NULL, recipient VARCHAR NOT NULL, municipality_code VARCHAR, outcome VARCHAR NOT NULL,
    suggestion VARCHAR, written_code VARCHAR, requisitioned_kr BIGINT, requisitioned_text VARCHAR, requisitioned_on DATE,
    file VARCHAR NOT NULL, row BIGINT NOT NULL
);
CREATE TABLE returns (
    year INTEGER NOT NULL, recipient VARCHAR NOT NULL, municipality_code VARCHAR, outcome VARCHAR NOT NULL,
    suggestion VARCHAR, submitted_on TIMESTAMP, file VARCHAR NOT NULL, row BIGINT NOT NULL, file_row BIGINT NOT NULL
);
-- Returns may come in several files: `row` numbers all of a year, `file_row` those of a file. With one file they are the same.

-- The form: its questions (answered: the returns have a column for it; synthetic: the answers are made up;
-- coded: themes that somebody read out of free text; told: named or counted) and the options of choice and multi.
CREATE TABLE questions (
    year INTEGER NOT NULL, question VARCHAR NOT NULL, position BIGINT NOT NULL, kind VARCHAR NOT NULL, asked VARCHAR NOT NULL,
    text_sv VARCHAR NOT NULL, text_en VARCHAR NOT NULL, short_sv VARCHAR, short_en VARCHAR, note_sv VARCHAR, note_en VARCHAR,
    told VARCHAR NOT NULL, comparable BOOLEAN NOT NULL, required BOOLEAN NOT NULL, answered BOOLEAN NOT NULL, synthetic BOOLEAN NOT NULL, coded BOOLEAN NOT NULL
);
CREATE TABLE options (
    year INTEGER NOT NULL, question VARCHAR NOT NULL, option VARCHAR NOT NULL, position BIGINT NOT NULL,
    label_sv VARCHAR NOT NULL, label_en VARCHAR NOT NULL, short_sv VARCHAR, short_en VARCHAR, in_text_sv VARCHAR, in_text_en VARCHAR,
    exclusive BOOLEAN NOT NULL
);

-- One row a return and question; `row` is the return's. Money and counts are numbers, a choice is a list of one option, text is
-- a text answer, or a number or day that could not be read, as written (then the value is NULL). Who chose nothing has an empty list.
CREATE TABLE answers (
    year INTEGER NOT NULL, row BIGINT NOT NULL, question VARCHAR NOT NULL, number BIGINT, day DATE, options VARCHAR[],
    text VARCHAR
);
-- The text behind an option that asks "which?".
CREATE TABLE specified (
    year INTEGER NOT NULL, row BIGINT NOT NULL, question VARCHAR NOT NULL, option VARCHAR NOT NULL, text VARCHAR NOT NULL
);
-- Free text coded by hand (themes.csv): its answers are counted as the question `<question>_themes`.
CREATE TABLE coded (
    year INTEGER NOT NULL, municipality_code VARCHAR NOT NULL, question VARCHAR NOT NULL, theme VARCHAR NOT NULL,
    who VARCHAR NOT NULL, file VARCHAR NOT NULL, row BIGINT NOT NULL
);
-- Values that were corrected or confirmed, and rows that do not count (action: corrected, confirmed, ignored), and where; the raw files
-- still hold what was found.
CREATE TABLE corrections (
    year INTEGER NOT NULL, number BIGINT NOT NULL, municipality_code VARCHAR NOT NULL, field VARCHAR NOT NULL, action VARCHAR NOT NULL,
    found VARCHAR NOT NULL, corrected VARCHAR, reason VARCHAR NOT NULL, who VARCHAR NOT NULL,
    decided_on DATE NOT NULL, file VARCHAR NOT NULL, row BIGINT NOT NULL
);

-- What was found while reading the returns, of a cell or (row NULL) of the file: see check/rules.toml.
CREATE TABLE problems (
    year INTEGER NOT NULL, kind VARCHAR NOT NULL, field VARCHAR, value VARCHAR, municipality_code VARCHAR, file VARCHAR NOT NULL, row BIGINT
);

-- published.toml: what was already printed.
CREATE TABLE published_totals (year INTEGER NOT NULL, figure VARCHAR NOT NULL, value BIGINT NOT NULL);
CREATE TABLE published_funds (
    year INTEGER NOT NULL, available_kr BIGINT, requisitioned_kr BIGINT, recipients BIGINT, unused_kr BIGINT,
    unused_percent INTEGER
);
CREATE TABLE published_rows (
    year INTEGER NOT NULL, table_id VARCHAR NOT NULL, option VARCHAR NOT NULL, base VARCHAR, base_n BIGINT, count BIGINT,
    percent INTEGER, label VARCHAR
);

-- What the analysts wrote for the year, as Markdown: activities, assessment (docs/data.md).
CREATE TABLE texts (year INTEGER NOT NULL, name VARCHAR NOT NULL, language VARCHAR NOT NULL, markdown VARCHAR NOT NULL);

-- What the project declares (reports/tables.toml): bases, measures, the groups of an axis, and the rows of tables, those of questions
-- as each year's form has them; a share is `times` the part over the whole (100 for percent, 1000 for tenths of it).
CREATE TABLE declared_bases (
    base VARCHAR PRIMARY KEY, of VARCHAR, above_zero VARCHAR, question VARCHAR, answer VARCHAR
);
CREATE TABLE declared_measures (
    measure VARCHAR PRIMARY KEY, base VARCHAR NOT NULL, amounts VARCHAR[] NOT NULL, above_zero VARCHAR[] NOT NULL,
    zero VARCHAR[] NOT NULL, stated VARCHAR[] NOT NULL, missing VARCHAR[] NOT NULL,
    headline BOOLEAN NOT NULL -- one of the report's first figures: a single value that moves it is looked at
);
CREATE TABLE declared_groups (axis VARCHAR NOT NULL, amount VARCHAR NOT NULL, code VARCHAR NOT NULL, name VARCHAR NOT NULL, position BIGINT NOT NULL);
CREATE TABLE declared_rows (
    table_id VARCHAR NOT NULL, row VARCHAR NOT NULL, position BIGINT NOT NULL, question VARCHAR, any_of VARCHAR[],
    plus VARCHAR[] NOT NULL, minus VARCHAR[] NOT NULL, whole VARCHAR, times BIGINT NOT NULL, median BOOLEAN NOT NULL
);
