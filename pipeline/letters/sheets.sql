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

-- How many of each group chose each option, and how many were asked.
CREATE OR REPLACE TEMP VIEW sheet_shares AS
WITH asked AS (
    SELECT a.year, a.question, g.axis, g.code, a.options FROM counted_answers AS a JOIN grouped AS g USING (year, municipality_code)
    WHERE g.code IS NOT NULL
), bases AS (
    SELECT year, question, axis, code, count(*) AS base FROM asked GROUP BY ALL
), chosen AS (
    SELECT year, question, axis, code, unnest(options) AS option FROM asked
)
SELECT b.year, b.question, b.axis, b.code, c.option, count(*) AS count, b.base
FROM bases AS b
JOIN chosen AS c USING (year, question, axis, code)
GROUP BY ALL;
