-- The bases, defined once (docs/data.md). Everything counted later is counted on one of them.

-- Halves are rounded up; nothing when the whole is 0. Integers only: no rounding before the rounding.
CREATE MACRO half_up(part, whole) AS CASE WHEN whole > 0 THEN CAST((2 * part + whole) // (2 * whole) AS BIGINT) END;
-- Whole percent, as print has it.
CREATE MACRO percent(part, whole) AS CAST(half_up(100 * part, whole) AS INTEGER);

-- all: every return that counts: the latest of each municipality (a later row where the day is the same or not given).
CREATE VIEW base_all AS
SELECT r.year, r.municipality_code, m.region_code, r.recipient, r.submitted_on, r.file, r.row, r.file_row
FROM returns AS r
JOIN municipalities AS m USING (municipality_code)
QUALIFY row_number() OVER (
    PARTITION BY r.year, r.municipality_code ORDER BY r.submitted_on DESC NULLS LAST, r.row DESC
) = 1;

-- recipients: who requisitioned money that year. A recipient without a return has unknown use, never zero.
CREATE VIEW base_recipients AS
WITH asked AS (
    SELECT q.year, q.municipality_code, m.municipality, m.region_code, q.recipient, q.requisitioned_kr,
           a.amount_kr AS allocation_kr, r.row AS return_row, w.number AS unused_kr,
           q.requisitioned_kr - w.number AS used_kr, percent(w.number, q.requisitioned_kr) AS unused_percent
    FROM requisitions AS q
    JOIN municipalities AS m USING (municipality_code)
    LEFT JOIN allocations AS a USING (year, municipality_code)
    LEFT JOIN base_all AS r USING (year, municipality_code)
    LEFT JOIN answers AS w ON w.year = q.year AND w.row = r.row AND w.question = 'unused_kr'
    WHERE q.requisitioned_kr > 0
)
-- Usage degree: "all" when the unused share rounds to 0 %. No printed report states its rule; only this one gives the counts that were
-- printed (docs/data.md). What is "all" to the krona is a figure of its own, in key_figures.
SELECT *, CASE
    WHEN unused_kr IS NULL THEN 'missing'
    WHEN used_kr = 0 THEN 'none'
    WHEN unused_percent = 0 THEN 'all'
    ELSE 'part'
END AS usage_degree
FROM asked;

-- What is known in numbers of each municipality of a year, and (municipality NULL) of the grant: an amount a row. A municipality that
-- sent in no return has no `returned`; an answer that could not be read is not here. `dated`: the day of the return is known; `late`: it is after the last day.
CREATE VIEW amounts AS
SELECT year, municipality_code, amount, value
FROM (
    UNPIVOT (
        SELECT year, municipality_code, requisitioned_kr, unused_kr, used_kr, CAST(unused_percent AS BIGINT) AS unused_percent,
               CASE WHEN return_row IS NOT NULL THEN CAST(1 AS BIGINT) END AS returned
        FROM base_recipients
    ) ON COLUMNS(* EXCLUDE (year, municipality_code)) INTO NAME amount VALUE value
)
UNION ALL
SELECT year, municipality_code, 'key_count', max(key_count)
FROM allocations
WHERE municipality_code IS NOT NULL AND key_count IS NOT NULL
GROUP BY ALL
UNION ALL
SELECT b.year, b.municipality_code, a.question, a.number
FROM base_all AS b
JOIN answers AS a ON a.year = b.year AND a.row = b.row
WHERE a.number IS NOT NULL AND a.question <> 'unused_kr'
UNION ALL
SELECT year, municipality_code, 'dated', 1 FROM base_all WHERE submitted_on IS NOT NULL
UNION ALL
SELECT b.year, b.municipality_code, 'late', 1 FROM base_all AS b JOIN grant_years AS g USING (year) WHERE CAST(b.submitted_on AS DATE) > g.return_by
UNION ALL
SELECT year, NULL, unnest(['year', 'available_kr']), unnest([year, available_kr]) FROM grant_years;

-- Every base in one: of `all` and `recipients`, who meets what the project declares (reports/tables.toml). What a question is counted
-- on is the base it is asked. A missing answer is no. Each declared base is a view besides: base_used, base_unused …
CREATE VIEW bases AS
WITH RECURSIVE members AS (
    SELECT 'all' AS base, year, municipality_code, region_code, row AS return_row FROM base_all
    UNION ALL
    SELECT 'recipients', year, municipality_code, region_code, return_row FROM base_recipients
    UNION ALL
    SELECT d.base, m.year, m.municipality_code, m.region_code, m.return_row
    FROM members AS m
    JOIN declared_bases AS d ON d.of = m.base
    LEFT JOIN amounts AS n ON n.year = m.year AND n.municipality_code = m.municipality_code AND n.amount = d.above_zero
    LEFT JOIN answers AS a ON a.year = m.year AND a.row = m.return_row AND a.question = d.question
    WHERE (d.above_zero IS NULL OR n.value > 0) AND (d.question IS NULL OR list_contains(a.options, d.answer))
)
FROM members;

-- What can be counted: questions that the returns have a column for, but those answered in free text (choice and multi questions option
-- by option, of the others who answered), and how much of the grant was used, which amounts answer: `usage_degree` is no question of the form.
CREATE VIEW counted_questions AS
SELECT year, question, asked AS base, kind, text_sv, text_en, short_sv, short_en, note_sv, note_en, comparable, synthetic, coded, position
FROM questions
WHERE kind <> 'text' AND answered
UNION ALL BY NAME
SELECT year, 'usage_degree' AS question, 'recipients' AS base, 'choice' AS kind, true AS comparable,
       list_has_any(synthetic, ['recipient', 'unused_kr']) AS synthetic, false AS coded, 0 AS position
FROM grant_years
WHERE has_requisitions AND has_returns;

-- The answers that are counted: one row for each in the base of the question, with the options chosen. Who chose none that the form
-- has did not answer, and stays in the base with an empty list; answers of others are not here. Free text coded by hand is an answer
-- where there is a text, whether or not it has a theme.
CREATE VIEW counted_answers AS
SELECT q.year, q.question, b.municipality_code, b.region_code, b.return_row, coalesce(a.options, c.themes, []) AS options,
       coalesce(a.number IS NOT NULL OR a.day IS NOT NULL, false) OR len(coalesce(a.options, c.themes, [])) > 0
           OR (q.coded AND t.text IS NOT NULL) AS answered
FROM questions AS q
JOIN bases AS b ON b.year = q.year AND b.base = q.asked
LEFT JOIN answers AS a ON a.year = b.year AND a.row = b.return_row AND a.question = q.question
LEFT JOIN answers AS t ON t.year = b.year AND t.row = b.return_row AND t.question || '_themes' = q.question
LEFT JOIN (
    SELECT year, municipality_code, question || '_themes' AS question, list(theme) AS themes FROM coded GROUP BY ALL
) AS c ON c.year = b.year AND c.municipality_code = b.municipality_code AND c.question = q.question
WHERE q.kind <> 'text' AND q.answered
UNION ALL
SELECT year, 'usage_degree', municipality_code, region_code, return_row, [usage_degree], usage_degree <> 'missing'
FROM base_recipients;

-- Municipalities that did not requisition, in years whose requisitions are known.
CREATE VIEW not_requisitioned AS
SELECT g.year, m.municipality_code, m.municipality, m.region_code
FROM grant_years AS g
CROSS JOIN municipalities AS m
ANTI JOIN base_recipients AS b ON b.year = g.year AND b.municipality_code = m.municipality_code
WHERE g.has_requisitions;

-- One row a year: the funds, computed where there are requisitions and returns, else as printed.
-- Unused money is known only where a return came in; its share is of what those recipients requisitioned.
CREATE VIEW funds AS
WITH computed AS (
    SELECT year, CAST(sum(requisitioned_kr) AS BIGINT) AS requisitioned_kr, count(*) AS recipients,
           CAST(sum(unused_kr) AS BIGINT) AS unused_kr, CAST(sum(used_kr) AS BIGINT) AS used_kr,
           percent(CAST(sum(unused_kr) AS BIGINT),
                   CAST(sum(requisitioned_kr) FILTER (WHERE unused_kr IS NOT NULL) AS BIGINT)) AS unused_percent
    FROM base_recipients
    GROUP BY year
)
SELECT g.year, g.available_kr, true AS computed, c.requisitioned_kr, c.recipients, c.used_kr, c.unused_kr, c.unused_percent
FROM grant_years AS g
JOIN computed AS c USING (year)
WHERE g.has_requisitions AND g.has_returns
UNION ALL BY NAME
SELECT g.year, g.available_kr, false AS computed, p.requisitioned_kr, p.recipients,
       p.requisitioned_kr - p.unused_kr AS used_kr, p.unused_kr, p.unused_percent
FROM grant_years AS g
JOIN published_funds AS p USING (year)
WHERE NOT (g.has_requisitions AND g.has_returns);
