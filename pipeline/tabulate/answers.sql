-- Every wanted row, an option or several together: how many in the base chose it; in the country (no region) and in each region, in
-- the year and the years before it. One query for all tables. Years without returns have what was printed.
WITH wanted AS (SELECT unnest($wanted, recursive := true)),
counted AS MATERIALIZED (SELECT * FROM counted_answers WHERE year <= $year),
hits AS (
    SELECT w.table_id, w.option, c.year, c.region_code, count(*) AS base,
           count(*) FILTER (WHERE list_has_any(c.options, w.any_of)) AS count
    FROM wanted AS w
    JOIN counted AS c ON c.question = w.question
    GROUP BY GROUPING SETS ((w.table_id, w.option, c.year), (w.table_id, w.option, c.year, c.region_code))
),
places AS (
    SELECT NULL AS region_code, NULL AS region, 0 AS place
    UNION ALL
    SELECT region_code, region, position FROM regions
)
SELECT w.table_id, w.position, q.year, p.place, p.region_code, p.region, w.option, coalesce(h.count, 0) AS count,
       coalesce(h.base, 0) AS base, percent(coalesce(h.count, 0), coalesce(h.base, 0)) AS percent,
       false AS printed
FROM wanted AS w
JOIN counted_questions AS q ON q.question = w.question AND q.year <= $year
JOIN grant_years AS g ON g.year = q.year AND g.has_requisitions AND g.has_returns
CROSS JOIN places AS p
LEFT JOIN hits AS h ON h.table_id = w.table_id AND h.option = w.option AND h.year = q.year
    AND h.region_code IS NOT DISTINCT FROM p.region_code
UNION ALL
SELECT w.table_id, w.position, r.year, 0, NULL, NULL, w.option, r.count, nullif(r.base_n, 0), r.percent, true
FROM wanted AS w
JOIN published_rows AS r ON r.table_id = w.table_id AND r.option = w.option
JOIN grant_years AS g ON g.year = r.year AND NOT (g.has_requisitions AND g.has_returns)
WHERE r.year < $year
ORDER BY ALL
