-- Every declared row, summed over what municipalities contribute: in the whole country in the year and the years before it, and in each
-- group of each axis in the year. Rows of answers of years without returns are as printed.
WITH summed AS (
    SELECT c.table_id, c.row, c.year, t.axis, t.code, CAST(sum(c.part) AS BIGINT) AS part, CAST(sum(c.whole) AS BIGINT) AS whole,
           CAST(sum(c.answered) AS BIGINT) AS answered,
           CAST(floor(median(c.part) + 0.5) AS BIGINT) AS middle
    FROM contributions AS c
    JOIN attributes AS t ON t.year = c.year AND t.municipality_code IS NOT DISTINCT FROM c.municipality_code
    WHERE c.year = $year OR (c.year < $year AND t.axis = 'country')
    GROUP BY ALL
), asked AS (
    SELECT r.*, q.year
    FROM declared_rows AS r
    JOIN counted_questions AS q ON q.question = r.question AND q.year <= $year
    JOIN grant_years AS g ON g.year = q.year AND g.has_requisitions AND g.has_returns
    UNION ALL
    SELECT *, $year FROM declared_rows WHERE question IS NULL
)
SELECT a.table_id, a.year, g.axis, g.position AS place, a.position, g.code, g.name, a.row, coalesce(s.part, 0) AS part,
       coalesce(s.whole, 0) AS whole, CASE WHEN a.question IS NOT NULL THEN coalesce(s.answered, 0) END AS answered,
       CASE WHEN a.any_of IS NOT NULL THEN half_up(100 * s.part, s.answered) END AS of_answered,
       CASE WHEN a.median THEN s.middle
            WHEN a.question IS NULL AND a.whole IS NULL THEN coalesce(s.part, 0)
            ELSE half_up(a.times * coalesce(s.part, 0), coalesce(s.whole, 0)) END AS value,
       false AS printed
FROM asked AS a
JOIN axis_groups AS g ON a.year = $year OR g.axis = 'country'
LEFT JOIN summed AS s ON s.table_id = a.table_id AND s.row = a.row AND s.year = a.year AND s.axis = g.axis AND s.code = g.code
UNION ALL
SELECT r.table_id, p.year, 'country', 0, r.position, NULL, NULL, r.row, p.count, nullif(p.base_n, 0), NULL, NULL, p.percent, true
FROM declared_rows AS r
JOIN published_rows AS p ON p.table_id = r.table_id AND p.option = r.row
JOIN grant_years AS g ON g.year = p.year AND NOT (g.has_requisitions AND g.has_returns)
WHERE p.year < $year
ORDER BY ALL
