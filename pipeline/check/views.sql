-- What the rules look at: one row a thing to check, with where it stands. A column a rule looks at is NULL where the rule does
-- not apply, which Great Expectations leaves out. Temporary: they belong to checking, not to the store.
--
-- Whether something holds, where it applies. Not to know would be left out as if the rule did not apply: that is a fault of ours.
CREATE TEMP MACRO truth(applies, holds) AS CASE
    WHEN coalesce(applies, error('nobody can say whether a rule applies')) THEN coalesce(holds, error('a rule has no truth value'))
END;

CREATE TEMP VIEW check_allocations AS
SELECT a.year, a.municipality_code, coalesce(m.municipality, a.written) AS recipient, a.written, a.outcome, a.suggestion,
       a.amount_text, truth(a.amount_text IS NOT NULL, a.amount_kr IS NOT NULL) AS readable, a.file, a.row
FROM allocations AS a
LEFT JOIN municipalities AS m USING (municipality_code);

CREATE TEMP VIEW check_requisitions AS
SELECT q.year, q.municipality_code, q.recipient, q.outcome, q.suggestion, q.written_code, q.requisitioned_kr, q.requisitioned_text,
       truth(q.requisitioned_text IS NOT NULL, q.requisitioned_kr IS NOT NULL) AS readable,
       a.amount_kr AS allocation_kr, CASE WHEN g.redistributes IS NOT TRUE THEN a.amount_kr END AS limit_kr, q.file, q.row
FROM requisitions AS q
JOIN grant_years AS g USING (year)
LEFT JOIN (SELECT year, municipality_code, max(amount_kr) AS amount_kr FROM allocations GROUP BY ALL) AS a
    USING (year, municipality_code);

CREATE TEMP VIEW check_returns AS
WITH asked AS (
    SELECT year, municipality_code, max(requisitioned_kr) AS requisitioned_kr FROM requisitions GROUP BY ALL
)
SELECT r.year, r.municipality_code, r.recipient, r.outcome, r.suggestion, r.submitted_on,
       w.number AS unused_kr, coalesce(w.text, CAST(w.number AS VARCHAR)) AS unused_text, w.text IS NULL AS readable,
       asked.requisitioned_kr,
       truth(r.municipality_code IS NOT NULL AND g.has_requisitions,
             asked.municipality_code IS NOT NULL AND coalesce(asked.requisitioned_kr, 1) > 0) AS is_recipient,
       -- Sent twice, and no day says which is the latest: then nobody knows which amount holds.
       truth(r.municipality_code IS NOT NULL AND count(*) OVER same > 1,
             count(*) OVER same = count(r.submitted_on) OVER same AND count(*) OVER same_day = 1) AS order_clear,
       CAST(CAST(r.submitted_on AS DATE) AS VARCHAR) AS submitted_day,
       CAST(g.return_by AS VARCHAR) AS return_by,
       truth(r.submitted_on IS NOT NULL AND g.return_by IS NOT NULL, CAST(r.submitted_on AS DATE) <= g.return_by) AS on_time,
       date_diff('month', make_date(r.year, 1, 1), r.submitted_on) AS months_after_start, r.file, r.file_row AS row
FROM returns AS r
JOIN grant_years AS g USING (year)
LEFT JOIN asked USING (year, municipality_code)
LEFT JOIN answers AS w ON w.year = r.year AND w.row = r.row AND w.question = 'unused_kr'
WINDOW same AS (PARTITION BY r.year, r.municipality_code),
       same_day AS (PARTITION BY r.year, r.municipality_code, r.submitted_on);

-- A return is missing when the time is out, or nobody said which day it is (`check --on`); before that it is waited for.
CREATE TEMP VIEW check_recipients AS
WITH asked AS (
    SELECT b.*, g.has_returns, g.return_by, coalesce(CAST(getvariable('checked_on') AS DATE) <= g.return_by, false) AS is_early
    FROM base_recipients AS b
    JOIN grant_years AS g USING (year)
)
SELECT a.year, a.municipality_code, a.recipient, CAST(a.return_by AS VARCHAR) AS return_by,
       truth(a.has_returns AND NOT a.is_early, a.return_row IS NOT NULL) AS returned,
       truth(a.has_returns AND a.is_early, a.return_row IS NOT NULL) AS returned_already, q.file, q.row
FROM asked AS a
JOIN requisitions AS q USING (year, municipality_code);

-- What each municipality adds to a headline figure. Of 30 values or more, one that is more than a tenth of all others is a finding; of
-- fewer, an ordinary one may be.
CREATE TEMP VIEW check_headlines AS
WITH members AS (SELECT DISTINCT base, year, municipality_code FROM bases),
stated AS (
    SELECT DISTINCT n.year, n.municipality_code, n.amount AS problem_field, n.value, d.measure, q.text_en, q.text_sv
    FROM declared_measures AS d
    JOIN amounts AS n ON n.amount = d.amounts[1]
    JOIN members AS b ON b.base = d.base AND b.year = n.year AND b.municipality_code = n.municipality_code
    LEFT JOIN questions AS q ON q.year = n.year AND q.question = n.amount
    LEFT JOIN members AS asked ON asked.base = q.asked AND asked.year = n.year AND asked.municipality_code = n.municipality_code
    WHERE d.headline AND (q.question IS NULL OR asked.base IS NOT NULL)
), summed AS (
    SELECT *, CAST(sum(value) OVER same AS BIGINT) AS total, count(*) OVER same AS stating
    FROM stated
    WINDOW same AS (PARTITION BY year, measure)
)
SELECT s.year, s.municipality_code, s.problem_field, s.value, s.total, s.total - s.value AS others,
       coalesce(s.text_en, s.problem_field) AS question_en, coalesce(s.text_sv, s.problem_field) AS question_sv,
       truth(s.stating >= 30 AND s.total > s.value, 10 * s.value <= s.total - s.value) AS is_plain, b.recipient,
       coalesce(r.file, a.file) AS file, coalesce(r.file_row, a.row) AS row
FROM summed AS s
JOIN base_recipients AS b USING (year, municipality_code)
JOIN requisitions AS a USING (year, municipality_code)
LEFT JOIN returns AS r ON s.problem_field <> 'requisitioned_kr' AND r.year = s.year AND r.row = b.return_row;

CREATE TEMP VIEW check_years AS
SELECT f.year, f.requisitioned_kr, f.available_kr, s.file, NULL AS row
FROM funds AS f
JOIN source_files AS s ON s.year = f.year AND s.role = 'rules';

-- What reading found, with who sent it. An unused amount that cannot be read is graver and has a rule of its own.
CREATE TEMP VIEW check_problems AS
SELECT p.year, coalesce(r.municipality_code, m.municipality_code) AS municipality_code,
       coalesce(r.recipient, m.municipality) AS recipient, p.kind, coalesce(p.field, 'column') AS problem_field, p.value,
       q.text_en AS question, q.text_sv AS question_sv, p.file, p.row
FROM problems AS p
LEFT JOIN returns AS r ON r.year = p.year AND r.file = p.file AND r.file_row = p.row
LEFT JOIN municipalities AS m ON m.municipality_code = p.municipality_code
LEFT JOIN questions AS q ON q.year = p.year AND q.question = p.field
WHERE NOT (p.kind = 'unreadable' AND p.field = 'unused_kr');

-- Answers that are there but could not be read, each found already.
CREATE TEMP VIEW unread AS
SELECT year, field AS question, file, row
FROM problems
WHERE kind IN ('unreadable', 'unknown_option', 'split_unsure', 'more_than_one')
UNION
SELECT p.year, p.field, r.file, r.file_row
FROM problems AS p
JOIN returns AS r USING (year)
WHERE p.kind IN ('question_unreadable', 'options_without_header');

-- The questions whose answers decide who is in a base, and so whom others are asked.
CREATE TEMP VIEW deciding AS
WITH RECURSIVE chain AS (
    SELECT base, of, question FROM declared_bases
    UNION ALL
    SELECT c.base, d.of, d.question FROM chain AS c JOIN declared_bases AS d ON d.base = c.of
)
SELECT base, question FROM chain WHERE question IS NOT NULL;

-- Answers given by returns that count, to questions they were not asked.
CREATE TEMP VIEW check_outside AS
SELECT a.year, r.municipality_code, r.recipient, a.question AS problem_field, q.asked,
       coalesce(array_to_string(a.options, '; '), CAST(a.number AS VARCHAR), CAST(a.day AS VARCHAR), a.text) AS value,
       -- Nobody knows what was asked when the unused amount is not known, or an answer that decides it.
       truth(recipient.unused_kr IS NOT NULL
             AND NOT EXISTS (FROM unread AS u JOIN deciding AS d USING (question)
                             WHERE d.base = q.asked AND u.year = a.year AND u.file = r.file AND u.row = r.file_row),
             b.return_row IS NOT NULL) AS in_base, r.file, r.file_row AS row
FROM answers AS a
JOIN questions AS q USING (year, question)
JOIN base_all AS r ON r.year = a.year AND r.row = a.row
JOIN base_recipients AS recipient ON recipient.year = a.year AND recipient.return_row = a.row
LEFT JOIN bases AS b ON b.year = a.year AND b.base = q.asked AND b.return_row = a.row
WHERE a.number IS NOT NULL OR a.day IS NOT NULL OR len(a.options) > 0 OR (a.options IS NULL AND a.text IS NOT NULL);

-- Every answer that a return that counts gave or should have given, a row a question it was asked. The unused amount has
-- graver rules of its own, and so has an answer that is there but could not be read.
CREATE TEMP VIEW check_answers AS
SELECT q.year, r.municipality_code, r.recipient, q.question AS problem_field, q.text_en AS question_en, q.text_sv AS question_sv,
       array_to_string(a.options, '; ') AS value,
       truth(q.required AND q.answered AND q.question <> 'unused_kr'
             AND NOT EXISTS (FROM unread AS u WHERE u.year = q.year AND u.question = q.question AND u.file = r.file AND u.row = r.file_row),
             a.number IS NOT NULL OR a.day IS NOT NULL OR coalesce(len(a.options), 0) > 0 OR a.text IS NOT NULL) AS is_given,
       truth(coalesce(len(list_intersect(a.options, e.exclusive)), 0) > 0, len(a.options) = 1) AS exclusive_alone, r.file, r.file_row AS row
FROM questions AS q
JOIN bases AS b ON b.year = q.year AND b.base = q.asked
JOIN base_all AS r ON r.year = b.year AND r.row = b.return_row
JOIN base_recipients AS recipient ON recipient.year = b.year AND recipient.return_row = b.return_row
LEFT JOIN answers AS a ON a.year = q.year AND a.row = b.return_row AND a.question = q.question
LEFT JOIN (SELECT year, question, list(option) AS exclusive FROM options WHERE exclusive GROUP BY ALL) AS e
    ON e.year = q.year AND e.question = q.question;

-- Texts behind an option that asks "which?", and whether the option was chosen.
CREATE TEMP VIEW check_specified AS
SELECT s.year, r.municipality_code, r.recipient, s.question AS problem_field, s.text AS value, o.label_sv, o.label_en,
       truth(u.question IS NULL, coalesce(list_contains(a.options, s.option), false)) AS is_chosen, r.file, r.file_row AS row
FROM specified AS s
JOIN base_all AS r ON r.year = s.year AND r.row = s.row
JOIN options AS o ON o.year = s.year AND o.question = s.question AND o.option = s.option
LEFT JOIN answers AS a ON a.year = s.year AND a.row = s.row AND a.question = s.question
LEFT JOIN unread AS u ON u.year = s.year AND u.question = s.question AND u.file = r.file AND u.row = r.file_row;

-- Every text that somebody wrote.
CREATE TEMP VIEW check_texts AS
SELECT r.year, r.municipality_code, r.recipient, a.question AS problem_field, a.text AS value, r.file, r.file_row AS row
FROM returns AS r
JOIN answers AS a USING (year, row)
WHERE a.text IS NOT NULL
UNION ALL
SELECT r.year, r.municipality_code, r.recipient, s.question, s.text, r.file, r.file_row
FROM returns AS r
JOIN specified AS s USING (year, row);

CREATE TEMP VIEW check_published AS
WITH computed AS (
    SELECT year, unnest(['recipients', 'used', 'repaying', 'repaying_all', 'requisitioned_kr', 'unused_kr']) AS figure,
           unnest([count(*), count(*) FILTER (WHERE used_kr > 0), count(*) FILTER (WHERE unused_kr > 0),
                   count(*) FILTER (WHERE used_kr = 0), CAST(sum(requisitioned_kr) AS BIGINT),
                   CAST(sum(unused_kr) AS BIGINT)]) AS value
    FROM base_recipients
    GROUP BY year
), figures AS (
    SELECT c.year, c.figure, c.value AS computed, p.value AS printed
    FROM computed AS c
    JOIN published_totals AS p USING (year, figure)
    UNION ALL
    SELECT p.year, 'usage_degree/' || p.option || '/count', count(b.recipient), p.count
    FROM published_rows AS p
    JOIN grant_years AS g ON g.year = p.year AND g.has_requisitions AND g.has_returns
    LEFT JOIN base_recipients AS b ON b.year = p.year AND b.usage_degree = p.option
    WHERE p.table_id = 'usage_degree'
    GROUP BY ALL
)
SELECT f.*, s.file, NULL AS row
FROM figures AS f
JOIN source_files AS s ON s.year = f.year AND s.role = 'published';
