-- Where a year stands, in one row: its distribution list, who requisitioned, and whose return is missing.
WITH list AS (
    SELECT count(*) AS listed, CAST(coalesce(sum(amount_kr), 0) AS BIGINT) AS listed_kr,
           count(*) - count(amount_kr) AS without_amount, count(*) - count(key_count) AS without_count
    FROM allocations
    WHERE year = $year
), asked AS (
    SELECT count(*) AS recipients, CAST(coalesce(sum(requisitioned_kr), 0) AS BIGINT) AS requisitioned_kr,
           coalesce(list(municipality ORDER BY municipality COLLATE sv) FILTER (return_row IS NULL), []) AS missing
    FROM base_recipients
    WHERE year = $year
)
SELECT g.has_allocations, g.has_requisitions, g.has_returns, list.*, asked.*
FROM grant_years AS g, list, asked
WHERE g.year = $year
