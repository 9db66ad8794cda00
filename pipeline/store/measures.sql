-- Measures and axes: what of each municipality can be summed, and by what. What is declared stands in reports/tables.toml.

-- A declared measure that has a base: who contributes, and what. Answers of those whom a question was not asked count for nothing.
CREATE VIEW measured AS
WITH members AS (
    SELECT base, year, municipality_code FROM bases
    UNION ALL
    SELECT 'municipalities', g.year, m.municipality_code FROM grant_years AS g CROSS JOIN municipalities AS m
    UNION ALL
    SELECT 'grant', year, NULL FROM grant_years
), known AS (
    SELECT n.year, n.municipality_code, map_from_entries(list((n.amount, n.value))) AS amount
    FROM amounts AS n
    LEFT JOIN questions AS q ON q.year = n.year AND q.question = n.amount
    LEFT JOIN bases AS b ON b.year = n.year AND b.municipality_code = n.municipality_code AND b.base = q.asked
    WHERE q.question IS NULL OR b.base IS NOT NULL
    GROUP BY ALL
)
SELECT d.measure, m.year, m.municipality_code,
       CASE WHEN len(d.amounts) = 0 THEN 1 ELSE CAST(list_sum([k.amount[a] FOR a IN d.amounts]) AS BIGINT) END AS value
FROM declared_measures AS d
JOIN members AS m ON m.base = d.base
LEFT JOIN known AS k ON k.year = m.year AND k.municipality_code IS NOT DISTINCT FROM m.municipality_code
WHERE len([a FOR a IN list_concat(d.amounts, d.stated) IF k.amount[a] IS NULL]) = 0
  AND len([a FOR a IN d.missing IF k.amount[a] IS NOT NULL]) = 0
  AND len([a FOR a IN d.above_zero IF coalesce(k.amount[a], 0) <= 0]) = 0
  AND len([a FOR a IN d.zero IF coalesce(k.amount[a], 1) <> 0]) = 0;

-- The values of the axes: `country`, where all municipalities and the grant itself are one; each declared axis.
CREATE VIEW axis_groups AS
SELECT 'country' AS axis, '00' AS code, NULL AS name, 0 AS position
UNION ALL
SELECT 'region', region_code, region, position FROM regions
UNION ALL
SELECT axis, code, name, position FROM declared_groups;

-- Where each municipality stands on each axis. Groups of equal size are made anew each year.
CREATE VIEW attributes AS
SELECT g.year, 'country' AS axis, m.municipality_code, '00' AS code
FROM grant_years AS g
CROSS JOIN (SELECT municipality_code FROM municipalities UNION ALL SELECT NULL) AS m
UNION ALL
SELECT g.year, 'region', m.municipality_code, m.region_code FROM grant_years AS g CROSS JOIN municipalities AS m
UNION ALL
SELECT n.year, d.axis, n.municipality_code,
       CAST((row_number() OVER (PARTITION BY n.year, d.axis ORDER BY n.value, n.municipality_code) - 1) * d.groups
            // count(*) OVER (PARTITION BY n.year, d.axis) + 1 AS VARCHAR)
FROM (SELECT axis, amount, count(*) AS groups FROM declared_groups GROUP BY ALL) AS d
JOIN amounts AS n ON n.amount = d.amount;
