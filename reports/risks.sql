-- Those who used money, a row a municipality, with what risks.toml measures. NULL: not known, or the rule does not apply.
WITH given AS (
    SELECT year, row, max(number) FILTER (WHERE question = 'persons_total') AS persons_total,
           any_value(options) FILTER (WHERE question = 'provider') AS provider
    FROM answers
    GROUP BY ALL
), listed AS (
    SELECT year, municipality_code, max(key_count) AS key_count FROM allocations GROUP BY ALL
), users AS (
    SELECT b.year, b.municipality_code, b.municipality, b.region_code, b.recipient, b.requisitioned_kr, b.unused_kr, b.used_kr,
           CASE WHEN t.return_row IS NOT NULL THEN g.persons_total END AS persons_total, l.key_count,
           CASE WHEN len(g.provider) > 0
                THEN CAST(list_has_any(g.provider, ['independent', 'partly_independent']) AS INTEGER) END AS independent
    FROM base_used AS b
    LEFT JOIN base_talks_held AS t ON t.year = b.year AND t.return_row = b.return_row
    LEFT JOIN given AS g ON g.year = b.year AND g.row = b.return_row
    LEFT JOIN listed AS l ON l.year = b.year AND l.municipality_code = b.municipality_code
), costs AS (
    SELECT year, municipality_code, region_code, used_kr / nullif(persons_total, 0) AS kr_per_person FROM users
), regional AS (
    -- Of fewer than five, the median says too little.
    SELECT year, region_code, median(kr_per_person) AS usual_kr FROM costs GROUP BY ALL HAVING count(kr_per_person) >= 5
)
SELECT u.municipality_code, u.municipality, u.region_code, r.region, u.recipient, u.requisitioned_kr, u.unused_kr, u.used_kr,
       u.persons_total, u.key_count, u.independent,
       CASE WHEN u.unused_kr = 0 THEN 100 * u.persons_total / nullif(u.key_count, 0) END AS persons_percent,
       CAST(round(c.kr_per_person) AS BIGINT) AS kr_per_person, CAST(round(g.usual_kr) AS BIGINT) AS usual_kr,
       c.kr_per_person / nullif(g.usual_kr, 0) AS cost_ratio,
       b.persons_total AS persons_before, u.persons_total / nullif(b.persons_total, 0) AS persons_change,
       b.used_kr AS used_before_kr, u.used_kr / nullif(b.used_kr, 0) AS used_change
FROM users AS u
JOIN regions AS r USING (region_code)
LEFT JOIN costs AS c ON c.year = u.year AND c.municipality_code = u.municipality_code
LEFT JOIN regional AS g ON g.year = u.year AND g.region_code = u.region_code
LEFT JOIN users AS b ON b.year = u.year - 1 AND b.municipality_code = u.municipality_code
WHERE u.year = $year
ORDER BY u.municipality COLLATE sv, u.municipality_code
