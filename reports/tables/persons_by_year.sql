-- People reached, a row a year up to this one. Years without returns have the printed number, which is rounded.
SELECT g.year, coalesce(m.persons_total, p.value) AS persons_total, CAST(m.persons_total IS NULL AS VARCHAR) AS printed,
       CAST(q.comparable AS VARCHAR) AS comparable
FROM grant_years AS g
JOIN questions AS q ON q.year = g.year AND q.question = 'persons_total'
LEFT JOIN (
    SELECT year, CAST(sum(value) AS BIGINT) AS persons_total FROM measured WHERE measure = 'persons_total' GROUP BY year
) AS m ON m.year = g.year
LEFT JOIN published_totals AS p ON p.year = g.year AND p.figure = 'persons_reached_about' AND NOT (g.has_requisitions AND g.has_returns)
WHERE g.year <= $year AND (m.persons_total IS NOT NULL OR p.value IS NOT NULL)
ORDER BY g.year
