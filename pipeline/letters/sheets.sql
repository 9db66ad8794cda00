-- What the sheets of municipalities and regions say, of one year ($year) and the years before it.

-- Where each municipality stands: its region, its fifth by the key's count, and the country.
CREATE OR REPLACE TEMP VIEW places AS
WITH counted AS (
    SELECT year, municipality_code, max(key_count) AS key_count FROM allocations
    WHERE municipality_code IS NOT NULL AND key_count IS NOT NULL GROUP BY ALL
), fifths AS (
    SELECT year, municipality_code, CAST(ntile(5) OVER (PARTITION BY year ORDER BY key_count, municipality_code) AS VARCHAR) AS size FROM counted
)
SELECT g.year, m.municipality_code, m.municipality, m.region_code, f.size
FROM grant_years AS g
CROSS JOIN municipalities AS m
LEFT JOIN fifths AS f USING (year, municipality_code);

-- Each municipality in three groups: region, fifth, country.
CREATE OR REPLACE TEMP VIEW grouped AS
SELECT year, municipality_code, unnest(['region', 'size', 'country']) AS axis, unnest([region_code, size, '00']) AS code FROM places;

-- What each got and used. An amount that is not known is not there.
CREATE OR REPLACE TEMP VIEW sheet_amounts AS
SELECT year, municipality_code, 'allocation_kr' AS amount, max(amount_kr) AS value FROM allocations
WHERE municipality_code IS NOT NULL AND amount_kr IS NOT NULL GROUP BY ALL
UNION ALL
SELECT year, municipality_code, amount, value FROM amounts
WHERE municipality_code IS NOT NULL;

-- This year's sums of each group, and of how many; and the share unused of what those whose use is known requisitioned.
CREATE OR REPLACE TEMP VIEW sheet_sums AS
WITH summed AS (
    SELECT s.year, g.axis, g.code, s.amount, CAST(sum(s.value) AS BIGINT) AS total, count(*) AS n
    FROM sheet_amounts AS s JOIN grouped AS g USING (year, municipality_code)
    WHERE g.code IS NOT NULL AND s.amount <> 'unused_percent'
    GROUP BY ALL
)
FROM summed
UNION ALL
SELECT u.year, u.axis, u.code, 'unused_percent', CAST(percent(u.total, u.total + w.total) AS BIGINT), u.n
FROM summed AS u JOIN summed AS w USING (year, axis, code)
WHERE u.amount = 'unused_kr' AND w.amount = 'used_kr';

-- The share of each group that chose each option, of those who were asked: sums of contributions, as in every table.
CREATE OR REPLACE TEMP VIEW sheet_shares AS
WITH counted AS (
    SELECT question, any_of[1] AS option, min(table_id) AS table_id, arg_min(row, table_id) AS row
    FROM declared_rows WHERE question IS NOT NULL AND len(any_of) = 1 GROUP BY ALL
)
SELECT c.year, r.question, g.axis, g.code, r.option, CAST(sum(c.part) AS BIGINT) AS count, CAST(sum(c.whole) AS BIGINT) AS base,
       percent(CAST(sum(c.part) AS BIGINT), CAST(sum(c.whole) AS BIGINT)) AS percent
FROM contributions AS c
JOIN counted AS r USING (table_id, row)
JOIN grouped AS g ON g.year = c.year AND g.municipality_code = c.municipality_code
WHERE g.code IS NOT NULL
GROUP BY ALL
HAVING sum(c.part) > 0;
