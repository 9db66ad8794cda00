-- What each municipality contributes to each row of a table. Every number of the report is a sum of contributions, a share is the sum of
-- `part` over that of `whole`, and the contributions to a number are its explanation. A row of answers counts who chose any of its options
-- among those in the base of its question, or (without options) who answered with none; `answered` is 1 for who answered at all. Any
-- other row is the measures that it is put together of.
CREATE VIEW contributions AS
SELECT r.table_id, r.row, a.year, a.municipality_code, CAST(CASE WHEN r.any_of IS NULL THEN NOT a.answered ELSE list_has_any(a.options, r.any_of) END AS BIGINT) AS part,
       CAST(1 AS BIGINT) AS whole, CAST(a.answered AS BIGINT) AS answered
FROM declared_rows AS r
JOIN counted_answers AS a ON a.question = r.question
UNION ALL
SELECT r.table_id, r.row, m.year, m.municipality_code,
       CAST(sum(m.value * (CAST(list_contains(r.plus, m.measure) AS INTEGER) - CAST(list_contains(r.minus, m.measure) AS INTEGER))) AS BIGINT),
       CAST(sum(m.value) FILTER (WHERE m.measure = r.whole) AS BIGINT), NULL
FROM declared_rows AS r
JOIN measured AS m ON list_contains(list_append(list_concat(r.plus, r.minus), r.whole), m.measure)
WHERE r.question IS NULL
GROUP BY ALL;
