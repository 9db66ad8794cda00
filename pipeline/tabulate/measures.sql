-- Every wanted measure, in the country (no region) and in each region. A figure is the sum of what municipalities add to its terms; with
-- a whole, its share of that, half up: in percent, in
-- tenths of a percent, or as an amount for each.
WITH wanted AS (SELECT unnest($wanted, recursive := true)),
summed AS (
    SELECT measure, region_code, CAST(sum(value) AS BIGINT) AS value
    FROM measured
    WHERE year = $year
    GROUP BY GROUPING SETS ((measure), (measure, region_code))
    -- What no municipality adds, as the amount available, belongs to the country alone.
    HAVING grouping(region_code) = 1 OR region_code IS NOT NULL
),
places AS (
    SELECT NULL AS region_code, NULL AS region, 0 AS place
    UNION ALL
    SELECT region_code, region, position FROM regions
),
parts AS (
    SELECT w.measure, w.position, w.unit, p.place, p.region_code, p.region,
           coalesce(sum(s.value) FILTER (WHERE list_contains(w.plus, s.measure)), 0)
           - coalesce(sum(s.value) FILTER (WHERE list_contains(w.minus, s.measure)), 0) AS part,
           w.whole IS NULL AS absolute, coalesce(sum(s.value) FILTER (WHERE s.measure = w.whole), 0) AS whole
    FROM wanted AS w
    CROSS JOIN places AS p
    LEFT JOIN summed AS s ON s.region_code IS NOT DISTINCT FROM p.region_code
    GROUP BY ALL
)
SELECT measure, position, unit, place, region_code, region,
       CAST(CASE
           WHEN absolute THEN part
           WHEN unit = 'percent' THEN percent(part, whole)
           WHEN unit = 'tenths' AND whole > 0 THEN (2000 * part + whole) // (2 * whole)
           WHEN whole > 0 THEN (2 * part + whole) // (2 * whole)
       END AS BIGINT) AS value
FROM parts
ORDER BY position, place
